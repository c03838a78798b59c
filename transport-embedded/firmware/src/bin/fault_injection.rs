//! An image that fails on command over the serial line, to test `fault.rs`: `p` panics, `u` executes an undefined
//! instruction, `d` overflows the stack. Each fault is printed and ends the program.

#![no_std]
#![no_main]

use bantam_firmware::{console, memory, pl011};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use embedded_io::Read;

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    let mut uart = pl011::start();
    let mut byte = [0];
    console::print(b"READY for faults\n");
    loop {
        let _ = uart.read(&mut byte);
        match byte {
            [b'p'] => panic!("injected"),
            [b'u'] => cortex_m::asm::udf(),
            [b'd'] => {
                recurse(0);
            }
            _ => {}
        }
    }
}

#[inline(never)]
fn recurse(depth: u32) -> u32 {
    let frame = core::hint::black_box([depth; 32]);
    if depth == u32::MAX { 0 } else { recurse(depth + 1) + frame[depth as usize % 32] }
}
