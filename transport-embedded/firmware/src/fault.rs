//! The panic handler and the hard fault handler: both print return addresses and end the program.
//! Invariant: a panic or a hard fault never leaves the processor running or silent.
//!
//! Panic messages and their formatting would take a sixth of the image. `addr2line -fie IMAGE ADDRESS` shows the function and
//! line of an address. After a stack overflow the faulting function and its caller are missing. The faults of a RISC-V
//! processor are in `virt/trap.rs`.

use core::panic::PanicInfo;
use core::ptr::{addr_of, read_volatile};

#[cfg(target_arch = "arm")]
use cortex_m_rt::{ExceptionFrame, exception};
#[cfg(target_arch = "arm")]
use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};

use crate::console::print;
use crate::memory;
#[cfg(target_arch = "riscv32")]
use crate::register::Register;

unsafe extern "C" {
    /// The start and end of the code, and the top of the stack (cortex-m-rt, riscv-rt).
    static __stext: u8;
    static __etext: u8;
    static _stack_start: u8;
}

/// The most return addresses that are printed.
const DEPTH: usize = 24;
/// The lowest bit of a return address: Thumb code has odd ones.
const CODE_BIT: u32 = if cfg!(target_arch = "arm") { 1 } else { 0 };

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    print(b"panicked, called from");
    let here = 0_u32;
    trace(&raw const here as usize)
}

#[cfg(target_arch = "arm")]
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    print(b"hard fault at");
    print_hex(frame.pc());
    print(b", called from");
    print_hex(frame.lr());
    let here = 0_u32;
    trace(&raw const here as usize)
}

/// Prints the words of the stack from `here` on that look like return addresses, and ends the program.
pub(crate) fn trace(here: usize) -> ! {
    let (code, top) = (addr_of!(__stext) as u32..addr_of!(__etext) as u32, addr_of!(_stack_start) as usize);
    let mut at = here.next_multiple_of(4).max(memory::stack_limit());
    let mut shown = 0;
    while at < top && shown < DEPTH {
        // SAFETY: between the guard and the top of the stack everything is RAM, and the address is aligned.
        let word = unsafe { read_volatile(at as *const u32) };
        if word & 1 == CODE_BIT && code.contains(&word) {
            print_hex(word & !1);
            shown += 1;
        }
        at += 4;
    }
    print(b"\n");
    end()
}

/// Ends the program as failed.
#[cfg(target_arch = "arm")]
pub(crate) fn end() -> ! {
    exit(EXIT_FAILURE);
    // Without a debugger a second fault locks up the processor.
    cortex_m::asm::udf()
}

/// Ends the program as failed: the machine's finisher makes it QEMU's exit code 1.
#[cfg(target_arch = "riscv32")]
pub(crate) fn end() -> ! {
    Register::at(0x0010_0000).write(1 << 16 | 0x3333);
    loop {
        riscv::asm::wfi();
    }
}

/// Prints a number in hexadecimal.
pub(crate) fn print_hex(number: u32) {
    let mut text = *b" 0x00000000";
    for (byte, shift) in text[3..].iter_mut().zip([28, 24, 20, 16, 12, 8, 4, 0]) {
        let digit = (number >> shift & 15) as u8;
        *byte = if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
    }
    print(&text);
}

/// Executes an undefined instruction.
pub fn undefined_instruction() -> ! {
    #[cfg(target_arch = "arm")]
    cortex_m::asm::udf();
    // SAFETY: the trap handler ends the program.
    #[cfg(target_arch = "riscv32")]
    unsafe {
        core::arch::asm!("unimp", options(noreturn))
    }
}
