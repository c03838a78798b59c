//! bantam's site over a serial line: one client at a time, no network at all.

#![no_std]
#![no_main]

use bantam::Buffers;
use bantam_firmware::clock::Clock;
use bantam_firmware::uart::Uart;
use bantam_firmware::{line, memory};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    line::serve_on(Uart::start(), Clock::start(peripherals.SYST), BUFFERS.take())
}
