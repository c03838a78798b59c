//! The micro:bit image: HTTP over the board's USB serial line, on a Cortex-M0 with 16 KB of RAM.

#![no_std]
#![no_main]

use bantam::Buffers;
use bantam_firmware::microbit::{TimerClock, start_uart};
use bantam_firmware::serial_server;
// Links its critical section for a single core.
use cortex_m as _;
use cortex_m_rt::entry;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

#[entry]
fn main() -> ! {
    serial_server::run(start_uart(), TimerClock::start(), BUFFERS.take())
}
