//! The trap handler: prints the cause and return addresses, and ends the program.
//! Invariant: a trap never leaves the processor running or silent, not even one for want of stack.
//!
//! No interrupt is ever taken (`sleep.rs`), so every trap is a fault.

use core::arch::global_asm;
use core::sync::atomic::{AtomicBool, Ordering};

use riscv::register::{mepc, mscratch, mtval};
use riscv_rt::TrapFrame;

use crate::console::print;
use crate::fault::{end, print_hex, trace};

// riscv-rt's trap entry jumps here first (`pre-default-start-trap`). `mscratch` has the lowest stack pointer on which the handler
// may run (`memory::guard`) and gets that of the program. With less stack the handler overwrites the program's outermost
// frames. `t0` is lost: nothing returns.
global_asm!(
    ".section .trap.switch, \"ax\"",
    ".global _pre_default_start_trap",
    "_pre_default_start_trap:",
    "csrrw sp, mscratch, sp",
    "csrr t0, mscratch",
    "bltu t0, sp, 1f",
    "mv sp, t0",
    "j _pre_default_start_trap_ret",
    "1:",
    "la sp, _stack_start",
    "j _pre_default_start_trap_ret",
);

/// A trap is being printed.
static TRAPPED: AtomicBool = AtomicBool::new(false);

/// riscv-rt calls this for an exception (`custom-exceptions`).
#[unsafe(no_mangle)]
extern "C" fn _dispatch_exception(frame: &TrapFrame, cause: usize) -> ! {
    // The console is one of a debugger, without which printing is a trap.
    if TRAPPED.swap(true, Ordering::Relaxed) {
        end();
    }
    print(b"trap of cause");
    print_hex(cause as u32);
    print(b", value");
    print_hex(mtval::read() as u32);
    print(b", at");
    print_hex(mepc::read() as u32);
    print(b", called from");
    print_hex(frame.ra as u32);
    trace(mscratch::read())
}

/// riscv-rt calls this for an interrupt (`custom-interrupts`).
#[unsafe(no_mangle)]
extern "C" fn _dispatch_core_interrupt(_: usize) -> ! {
    panic!("interrupts are disabled");
}
