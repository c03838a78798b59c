//! The memory map: a guard below the stack, and the sizes of statics and stack.
//! Invariant: on a chip with memory protection a stack overflow is a fault and never overwrites a static.

use core::ptr::{addr_of, read_volatile};

#[cfg(feature = "lm3s6965")]
use cortex_m::{
    asm::{dsb, isb},
    peripheral::MPU,
};
#[cfg(feature = "virt")]
use riscv::register::{Permission, Range, mscratch, pmpaddr0, pmpcfg0};

unsafe extern "C" {
    /// The end of the statics.
    static mut __sheap: u8;
    /// The top of the stack, which grows down.
    static mut _stack_start: u8;
}

/// Every word of the stack at start (cortex-m-rt, `paint-stack`; [`guard`] on RISC-V).
const PAINT: u32 = 0xcccc_cccc;
/// The size of the guard: larger than any stack frame, so that no frame steps over it. The MPU needs a power of two, and QEMU
/// is slow on a page of which the PMP guards a part.
const GUARD: usize = if cfg!(feature = "virt") { 4096 } else { 2048 };
/// The start of RAM.
const RAM: usize = if cfg!(feature = "virt") { 0x8004_0000 } else { 0x2000_0000 };
/// The stack that the trap handler needs.
#[cfg(feature = "virt")]
const HANDLER_STACK: usize = 512;

/// Returns the address of the guard.
fn guard_start() -> usize {
    (addr_of!(__sheap) as usize).next_multiple_of(GUARD)
}

/// Returns the lowest address of the stack.
pub(crate) fn stack_limit() -> usize {
    guard_start() + GUARD
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

/// Paints the free part of the stack, and puts a PMP region without access between statics and stack.
#[cfg(feature = "virt")]
pub fn guard() {
    let here = 0_u32;
    // The frames of this function and of those that it calls are above it.
    let end = (&raw const here as usize & !3) - 256;
    for word in (stack_limit()..end).step_by(4) {
        // SAFETY: between the guard and the stack pointer nothing else is used, and the address is aligned.
        unsafe { core::ptr::write_volatile(word as *mut u32, PAINT) };
    }
    // SAFETY: the region is free memory between the statics and the stack. Values by the privileged specification, section
    // 3.7.1: locked, so that it binds machine mode; the address is a quarter, with as many ones at its end as the size needs.
    unsafe {
        mscratch::write(stack_limit() + HANDLER_STACK);
        pmpaddr0::write(guard_start() >> 2 | (GUARD / 8 - 1));
        pmpcfg0::set_pmp(0, Range::NAPOT, Permission::NONE, true);
    }
}

/// Returns the deepest stack so far, in bytes.
pub fn stack_peak() -> usize {
    let top = addr_of!(_stack_start) as usize;
    // Reading the guard would be a fault.
    let mut word = stack_limit();
    // SAFETY: from the guard to the top of the stack everything is RAM, and the address is aligned.
    while word < top && unsafe { read_volatile(word as *const u32) } == PAINT {
        word += 4;
    }
    top - word
}

/// Returns the bytes between the guard and the deepest stack so far.
pub fn never_used() -> usize {
    addr_of!(_stack_start) as usize - stack_peak() - stack_limit()
}

/// Returns the size of the statics in bytes.
pub fn statics() -> usize {
    addr_of!(__sheap) as usize - RAM
}
