//! The serial image: HTTP over the UART, one client at a time.

#![no_std]
#![no_main]

use bantam::Buffers;
use bantam_firmware::board::{clock, entry, start_uart};
use bantam_firmware::serial_server;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

#[entry]
fn main() -> ! {
    serial_server::run(start_uart(), clock::start(), BUFFERS.take())
}
