//! Law: the stack and the statics never meet unnoticed: between them is a place that nobody may touch.

use core::ptr::{addr_of, read_volatile};

use cortex_m::asm::{dsb, isb};
use cortex_m::peripheral::MPU;

unsafe extern "C" {
    /// The end of what is static, and so of where the stack may go.
    static mut __sheap: u8;
    /// Where the stack begins, and grows down from.
    static mut _stack_start: u8;
}

/// What the stack was painted with at start (cortex-m-rt, `paint-stack`).
const PAINT: u32 = 0xcccc_cccc;
/// The smallest region the MPU can guard.
const GUARD: usize = 32;

fn floor() -> usize {
    (addr_of!(__sheap) as usize).next_multiple_of(GUARD)
}

/// Puts a guard below the stack: a stack that is too deep, or a stray write there, is a fault.
pub fn guard(mpu: &mut MPU) {
    // SAFETY: the region is free memory between the statics and the stack; the numbers are those of the ARMv7-M manual,
    // section B3.5: region 0, 32 bytes, no access; everything else as without the MPU.
    unsafe {
        mpu.rbar.write(floor() as u32 | 1 << 4);
        mpu.rasr.write(4 << 1 | 1);
        mpu.ctrl.write(1 | 1 << 2);
    }
    dsb();
    isb();
}

/// Bytes of stack that have been used at the deepest so far.
pub fn stack_peak() -> usize {
    let top = addr_of!(_stack_start) as usize;
    // The guard itself cannot be read.
    let mut word = floor() + GUARD;
    // SAFETY: between the guard and the top of the stack everything is RAM of this chip, and aligned.
    while word < top && unsafe { read_volatile(word as *const u32) } == PAINT {
        word += 4;
    }
    top - word
}

/// Bytes between the statics and the deepest that the stack has been.
pub fn never_used() -> usize {
    addr_of!(_stack_start) as usize - stack_peak() - floor() - GUARD
}

/// Bytes of RAM that are not the stack's.
pub fn statics() -> usize {
    addr_of!(__sheap) as usize - 0x2000_0000
}
