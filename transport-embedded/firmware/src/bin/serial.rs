//! bantam's site over a serial line: one client at a time, no network at all.

#![no_std]
#![no_main]

use core::time::Duration;

use bantam::{Buffers, Deadlines, blocking, serve};
use bantam_embedded::serial;
use bantam_firmware::clock::Clock;
use bantam_firmware::memory;
use bantam_firmware::uart::Uart;
use bantam_www::Www;
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

/// The board's clock, as a line wants it.
struct Time(Clock);

impl serial::Clock for Time {
    fn now(&self) -> Duration {
        self.0.now()
    }
}

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    let time = Time(Clock::start(peripherals.SYST));
    // Whoever has been answered for the last time is thrown off the line at once.
    let deadlines = Deadlines { close: Duration::from_millis(50), ..Deadlines::DEFAULT };
    let mut line = serial::transport(Uart::start(), time, deadlines);
    let buffers = BUFFERS.take();
    hprintln!("READY on the serial line");
    loop {
        // The line cannot fail; a connection that ends makes way for the next.
        let _ = blocking::run(serve(&mut line, &mut buffers.session(), &Www));
    }
}
