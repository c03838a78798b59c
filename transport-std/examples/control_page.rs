//! A tool without a GUI that has a local page on a free port: `cargo run -p bantam-std --example control_page`, then open the URL that it prints.
//! It works for a minute, shows how far it is, and stops where the page says so.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Site};
use bantam_std::{RunningServer, Server};

/// What the tool and its page share.
pub(crate) struct Control {
    /// Other users and pages of other sites can find the port: without this they get 404.
    pub(crate) secret: String,
    pub(crate) done: AtomicU32,
    pub(crate) stop: AtomicBool,
}

struct Page(Arc<Control>);

impl Site for Page {
    bantam::routes! {
        GET "/{secret}/" => show,
        POST "/{secret}/stop" => stop,
    }
}

fn check<C: Connection>(page: &Page, details: &RequestDetails<'_, C>) -> Result<(), C::Error> {
    let is_right = details.param_raw("secret") == Some(&page.0.secret);
    if is_right { Ok(()) } else { Err(Rejection::NotFound.into()) }
}

async fn show<C: Connection>(page: &Page, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    check(page, details)?;
    let done = page.0.done.load(Relaxed);
    let html = "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=1><title>Work</title>";
    let form = "<form method=post action=stop><button>Stop</button></form>";
    details
        .html(Status::OK, format_args!("{html}<progress max=60 value={done}></progress> {done} of 60 {form}"))
        .await
}

async fn stop<C: Connection>(page: &Page, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    check(page, details)?;
    page.0.stop.store(true, Relaxed);
    details.html(Status::OK, format_args!("<!doctype html><title>Work</title>The work stops.")).await
}

pub(crate) fn start() -> io::Result<(RunningServer, Arc<Control>)> {
    // The keys of the standard library's hash maps are random numbers of the system.
    let secret = format!("{:016x}", RandomState::new().build_hasher().finish());
    let control = Arc::new(Control { secret, done: AtomicU32::new(0), stop: AtomicBool::new(false) });
    let server = Server::new().workers(1).bind("127.0.0.1:0")?.start(Page(Arc::clone(&control)))?;
    Ok((server, control))
}

fn main() -> io::Result<()> {
    let (server, control) = start()?;
    writeln!(io::stdout(), "http://{}/{}/", server.local_addrs()[0], control.secret)?;
    while !control.stop.load(Relaxed) && control.done.fetch_add(1, Relaxed) < 59 {
        std::thread::sleep(Duration::from_secs(1)); // the work
    }
    server.handle().shutdown(Duration::from_secs(1));
    server.wait();
    Ok(())
}
