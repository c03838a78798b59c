//! Law: the stack and the statics never meet unnoticed: between them is a place that nobody may touch.

use core::ptr::{addr_of, read_volatile};

#[cfg(feature = "lm3s6965")]
use cortex_m::{
    asm::{dsb, isb},
    peripheral::MPU,
};

unsafe extern "C" {
    /// The end of what is static, and so of where the stack may go.
    static mut __sheap: u8;
    /// Where the stack begins, and grows down from.
    static mut _stack_start: u8;
}

/// What the stack was painted with at start (cortex-m-rt, `paint-stack`).
const PAINT: u32 = 0xcccc_cccc;
/// How much is guarded: more than any function's frame, or a stack could step over the guard. A power of two, as the MPU
/// wants it.
const GUARD: usize = 2048;

fn floor() -> usize {
    (addr_of!(__sheap) as usize).next_multiple_of(GUARD)
}

/// Puts a guard below the stack (a Cortex-M0 has none): a stack that is too deep, or a stray write there, is a fault.
#[cfg(feature = "lm3s6965")]
pub fn guard(mpu: &mut MPU) {
    // SAFETY: the region is free memory between the statics and the stack; the numbers are those of the ARMv7-M manual,
    // section B3.5: region 0, no access; everything else as without the MPU.
    unsafe {
        mpu.rbar.write(floor() as u32 | 1 << 4);
        mpu.rasr.write((GUARD.ilog2() - 1) << 1 | 1);
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
