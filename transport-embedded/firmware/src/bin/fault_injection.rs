//! An image that fails on command over the serial line, to test `fault.rs`: `p` panics, `u` executes an undefined
//! instruction, `d` overflows the stack. Each fault is printed and ends the program.

#![no_std]
#![no_main]

use bantam_firmware::board::{clock, entry, start_uart};
use bantam_firmware::{console, fault};
use embedded_io::Read;

#[entry]
fn main() -> ! {
    // With the guard of the stack.
    let _clock = clock::start();
    let mut uart = start_uart();
    let mut byte = [0];
    console::print(b"READY for faults\n");
    loop {
        let _ = uart.read(&mut byte);
        match byte {
            [b'p'] => panic!("injected"),
            [b'u'] => fault::undefined_instruction(),
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
