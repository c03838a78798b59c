//! A JSON API with state: `cargo run --example json_api -p bantam-std`, then `curl http://127.0.0.1:8080/counters/2` and `curl --json
//! '{"add":5}' http://127.0.0.1:8080/counters/2`. `bantam-firmware` has an image with the same pages.

mod app;

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use bantam_std::Server;

/// A number that all workers share.
#[derive(Default)]
struct Number(AtomicU32);

impl Number {
    /// Adds, and returns the sum.
    fn add(&self, count: u32) -> u32 {
        self.0.fetch_add(count, Ordering::Relaxed).wrapping_add(count)
    }
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = Server::new().bind(&*address)?.start(app::App::default())?;
    writeln!(std::io::stdout(), "http://{}/counters/0", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
