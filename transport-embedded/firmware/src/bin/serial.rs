//! The serial image: HTTP over the UART, one client at a time.

#![no_std]
#![no_main]

use bantam::Buffers;
use bantam_firmware::clock::SysTickClock;
use bantam_firmware::uart::Uart;
use bantam_firmware::{memory, serial_server};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    serial_server::run(Uart::start(), SysTickClock::start(peripherals.SYST), BUFFERS.take())
}
