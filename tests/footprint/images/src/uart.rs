//! Law: what is sent is written, byte by byte, where the compiler cannot take it back: UART 0 of the LM3S6965, a PL011.

use core::ptr::{read_volatile, write_volatile};

const DATA: *mut u32 = 0x4000_c000 as *mut u32;
const FLAGS: *const u32 = 0x4000_c018 as *const u32;
const NO_ROOM: u32 = 0x20;

pub(crate) fn write(bytes: &[u8]) {
    for byte in bytes {
        // SAFETY: both are registers of the data sheet, section 12, aligned and always mapped; neither is memory that
        // Rust knows of.
        unsafe {
            while read_volatile(FLAGS) & NO_ROOM != 0 {}
            write_volatile(DATA, u32::from(*byte));
        }
    }
}
