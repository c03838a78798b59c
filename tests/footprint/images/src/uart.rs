//! UART 0 of the LM3S6965, a PL011. Volatile writes, which the compiler cannot remove.

use core::ptr::{read_volatile, write_volatile};

const DATA: *mut u32 = 0x4000_c000 as *mut u32;
const FLAGS: *const u32 = 0x4000_c018 as *const u32;
const TX_FULL: u32 = 0x20;

pub(crate) fn write(bytes: &[u8]) {
    for byte in bytes {
        // SAFETY: both are registers of the data sheet, section 12, aligned and always mapped, and not Rust memory.
        unsafe {
            while read_volatile(FLAGS) & TX_FULL != 0 {}
            write_volatile(DATA, u32::from(*byte));
        }
    }
}
