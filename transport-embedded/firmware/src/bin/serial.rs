//! The serial image: HTTP over the UART, one client at a time.

#![no_std]
#![no_main]

use bantam::Buffers;
use bantam_firmware::{clock, pl011, serial_server};
use cortex_m_rt::entry;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

#[entry]
fn main() -> ! {
    serial_server::run(pl011::start(), clock::start(), BUFFERS.take())
}
