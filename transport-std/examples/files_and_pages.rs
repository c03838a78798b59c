//! A folder with listings, and pages beside it: `cargo run -p bantam-std --features files --example files_and_pages -- DIR`, then open
//! http://127.0.0.1:8080/ and http://127.0.0.1:8080/api/uptime.

use std::io::{self, Write as _};
use std::time::Instant;

use bantam::layers::SecurityHeaders;
use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Site};
use bantam_std::{RunningServer, ServeDir, Server};

struct App {
    start: Instant,
    files: ServeDir,
}

impl Site for App {
    bantam::routes! {
        GET "/api/uptime" => uptime,
        .. => |app| &app.files,
    }
}

async fn uptime<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.json(Status::OK, &[app.start.elapsed().as_secs()]).await
}

pub(crate) fn start(address: &str, folder: &str) -> io::Result<RunningServer> {
    let files = ServeDir::open(folder)?.listing(true);
    let app = App { start: Instant::now(), files };
    Server::new().bind(address)?.start(app.layer(SecurityHeaders::new()))
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let server = start(&arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned()), &folder)?;
    writeln!(io::stdout(), "http://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
