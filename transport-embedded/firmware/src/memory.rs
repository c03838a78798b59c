//! The memory map: an MPU guard below the stack, and the sizes of statics and stack.
//! Invariant: on a chip with an MPU a stack overflow is a fault and never overwrites a static.

use core::ptr::{addr_of, read_volatile};

#[cfg(feature = "lm3s6965")]
use cortex_m::{
    asm::{dsb, isb},
    peripheral::MPU,
};

unsafe extern "C" {
    /// The end of the statics.
    static mut __sheap: u8;
    /// The top of the stack, which grows down.
    static mut _stack_start: u8;
}

/// Every word of the stack at start (cortex-m-rt, `paint-stack`).
const PAINT: u32 = 0xcccc_cccc;
/// The size of the guard: larger than any stack frame, so that no frame steps over it. The MPU needs a power of two.
const GUARD: usize = 2048;

/// Returns the address of the guard.
fn guard_start() -> usize {
    (addr_of!(__sheap) as usize).next_multiple_of(GUARD)
}

/// Puts an MPU region without access between statics and stack. A Cortex-M0 has no MPU.
#[cfg(feature = "lm3s6965")]
pub fn guard(mpu: &mut MPU) {
    // SAFETY: the region is free memory between the statics and the stack. Values by the ARMv7-M manual, section B3.5:
    // region 0 without access, the default memory map for all other memory.
    unsafe {
        mpu.rbar.write(guard_start() as u32 | 1 << 4);
        mpu.rasr.write((GUARD.ilog2() - 1) << 1 | 1);
        mpu.ctrl.write(1 | 1 << 2);
    }
    dsb();
    isb();
}

/// Returns the deepest stack so far, in bytes.
pub fn stack_peak() -> usize {
    let top = addr_of!(_stack_start) as usize;
    // Reading the guard would be a fault.
    let mut word = guard_start() + GUARD;
    // SAFETY: from the guard to the top of the stack everything is RAM, and the address is aligned.
    while word < top && unsafe { read_volatile(word as *const u32) } == PAINT {
        word += 4;
    }
    top - word
}

/// Returns the bytes between the guard and the deepest stack so far.
pub fn never_used() -> usize {
    addr_of!(_stack_start) as usize - stack_peak() - guard_start() - GUARD
}

/// Returns the size of the statics in bytes.
pub fn statics() -> usize {
    addr_of!(__sheap) as usize - 0x2000_0000
}
