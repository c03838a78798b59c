//! bantam's site from a micro:bit, over its USB serial line: a Cortex-M0 with 16 KB of RAM and no network at all.

#![no_std]
#![no_main]

use bantam::Buffers;
use bantam_firmware::line;
use bantam_firmware::microbit::clock::Clock;
use bantam_firmware::microbit::uart::Uart;
// Its critical section is what a single core needs.
use cortex_m as _;
use cortex_m_rt::entry;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

#[entry]
fn main() -> ! {
    line::serve_on(Uart::start(), Clock::start(), BUFFERS.take())
}
