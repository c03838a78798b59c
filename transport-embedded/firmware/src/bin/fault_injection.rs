//! Firmware that breaks when it is told to, over the serial line: `p` panics, `u` runs an instruction that is none, `d` calls
//! itself until the stack is used up. Each has to be said, and to end the program.

#![no_std]
#![no_main]

use bantam_firmware::uart::Uart;
use bantam_firmware::{console, memory};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use embedded_io::Read;

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    let mut uart = Uart::start();
    let mut byte = [0];
    console::say(b"READY to break\n");
    loop {
        let _ = uart.read(&mut byte);
        match byte {
            [b'p'] => panic!("as it was told"),
            [b'u'] => cortex_m::asm::udf(),
            [b'd'] => {
                dive(0);
            }
            _ => {}
        }
    }
}

#[inline(never)]
fn dive(depth: u32) -> u32 {
    let room = core::hint::black_box([depth; 32]);
    if depth == u32::MAX { 0 } else { dive(depth + 1) + room[depth as usize % 32] }
}
