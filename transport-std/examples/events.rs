//! A live clock by server-sent events: `cargo run --example events -p bantam-std`, then open http://127.0.0.1:8080/ or `curl -N
//! http://127.0.0.1:8080/clock`. A browser that connects again goes on counting where it was.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use bantam::wire::{Event, Status};
use bantam::{Connection, RequestDetails, Site};
use bantam_std::Server;

const PAGE: &str = r"<!doctype html>
<meta charset=utf-8>
<title>Clock</title>
<p><output id=time></output>
<script>
const clock = new EventSource('/clock');
clock.onmessage = event => document.getElementById('time').value = `${event.lastEventId}: ${event.data}`;
</script>
";

struct Clock;

impl Site for Clock {
    bantam::routes! {
        GET "/" => page,
        GET "/clock" => clock,
    }
}

async fn page<C: Connection>(_: &Clock, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.html(Status::OK, format_args!("{PAGE}")).await
}

/// Sends the time once a second, with a number, until the client has gone or the server stops.
async fn clock<C: Connection>(_: &Clock, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut count: u64 = details.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while events.pause(Duration::from_secs(1)).await.is_some() {
        count += 1;
        let (id, time) = (count.to_string(), httpdate::fmt_http_date(SystemTime::now()));
        events.send(&Event::new(&time).id(&id).retry(1_000)).await?;
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = Server::new().bind(&*address)?.start(Clock)?;
    writeln!(std::io::stdout(), "http://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
