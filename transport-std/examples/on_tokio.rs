//! A server beside other tasks of tokio: `cargo run -p bantam-std --features tokio --example on_tokio`, then `curl -N
//! http://127.0.0.1:8080/ticks`. A task counts, and pages wait for it.

use std::io::{self, Write as _};
use std::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Connection, RequestDetails, Site};
use bantam_std::{Mode, RunningServer, Server};
use tokio::sync::watch;
use tokio::time::{interval, sleep};

struct Ticks(watch::Receiver<u32>);

impl Site for Ticks {
    bantam::routes! {
        GET "/" => now,
        GET "/ticks" => ticks,
    }
}

/// A page may use the timers, the channels and the sockets of tokio.
async fn now<C: Connection>(site: &Ticks, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    sleep(Duration::from_millis(1)).await;
    let count = *site.0.borrow();
    details.text(Status::OK, format_args!("{count}\n")).await
}

async fn ticks<C: Connection>(site: &Ticks, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut receiver = site.0.clone();
    let Some(mut events) = details.events().await? else { return Ok(()) };
    // `None` when the client has gone or the server stops; an error when the task has ended.
    while let Some(Ok(())) = events.wait(receiver.changed()).await {
        let count = receiver.borrow_and_update().to_string();
        events.send(&Event::new(&count)).await?;
    }
    Ok(())
}

/// The server has runtimes of its own, one in each of its threads.
pub(crate) fn start(address: &str, count: watch::Receiver<u32>) -> io::Result<RunningServer> {
    Server::new().mode(Mode::Tokio).bind(address)?.start(Ticks(count))
}

fn main() -> io::Result<()> {
    let (count, receiver) = watch::channel(0);
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = start(&address, receiver)?;
    writeln!(io::stdout(), "http://{}/ticks", server.local_addrs()[0])?;
    // The program's own runtime, with whatever else it does.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ticks = interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            count.send_modify(|count| *count += 1);
        }
    })
}
