//! The pages of a board on the desktop, with a simulated LED and sensor: `cargo run -p bantam-std --example board`, then open
//! http://127.0.0.1:8080/. `transport-embedded/boards` has images of such a site.

mod pages;

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use bantam_std::{RunningServer, Server};
use pages::{Board, Pins};

/// An LED that is a flag, and a sensor whose temperature rises and falls.
struct Simulated {
    led: AtomicBool,
    start: Instant,
}

impl Pins for Simulated {
    fn set_led(&self, is_on: bool) {
        self.led.store(is_on, Relaxed);
    }

    fn is_led_on(&self) -> bool {
        self.led.load(Relaxed)
    }

    fn temperature(&self) -> i32 {
        let seconds = self.start.elapsed().as_secs_f64();
        215 + (15.0 * (seconds / 10.0).sin()) as i32
    }
}

pub(crate) fn start(address: &str) -> io::Result<RunningServer> {
    let pins = Simulated { led: AtomicBool::new(false), start: Instant::now() };
    Server::new().bind(address)?.start(Board(pins))
}

fn main() -> io::Result<()> {
    let server = start(&std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned()))?;
    writeln!(io::stdout(), "http://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
