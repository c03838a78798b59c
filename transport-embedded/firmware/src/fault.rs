//! The panic handler and the hard fault handler: both print return addresses and end the program.
//! Invariant: a panic or a hard fault never leaves the processor running or silent.
//!
//! Panic messages and their formatting would take a sixth of the image. `addr2line -fie IMAGE ADDRESS` shows the function and
//! line of an address. After a stack overflow the faulting function and its caller are missing.

use core::panic::PanicInfo;
use core::ptr::{addr_of, read_volatile};

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};

use crate::console::print;

unsafe extern "C" {
    /// The start and end of the code, and the top of the stack (cortex-m-rt).
    static __stext: u8;
    static __etext: u8;
    static _stack_start: u8;
}

/// The most return addresses that are printed.
const DEPTH: usize = 24;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    print(b"panicked, called from");
    trace()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    print(b"hard fault at");
    print_hex(frame.pc());
    print(b", called from");
    print_hex(frame.lr());
    trace()
}

/// Prints the words of the stack that look like return addresses, and ends the program.
fn trace() -> ! {
    let (code, top) = (addr_of!(__stext) as u32..addr_of!(__etext) as u32, addr_of!(_stack_start) as usize);
    let here = 0_u32;
    let mut at = (&raw const here as usize).next_multiple_of(4);
    let mut shown = 0;
    while at < top && shown < DEPTH {
        // SAFETY: between this local and the top of the stack everything is RAM, and the address is aligned.
        let word = unsafe { read_volatile(at as *const u32) };
        // Return addresses of Thumb code are odd.
        if word & 1 == 1 && code.contains(&word) {
            print_hex(word & !1);
            shown += 1;
        }
        at += 4;
    }
    print(b"\n");
    exit(EXIT_FAILURE);
    // Without a debugger a second fault locks up the processor.
    cortex_m::asm::udf()
}

/// Prints a number in hexadecimal.
fn print_hex(number: u32) {
    let mut text = *b" 0x00000000";
    for (byte, shift) in text[3..].iter_mut().zip([28, 24, 20, 16, 12, 8, 4, 0]) {
        let digit = (number >> shift & 15) as u8;
        *byte = if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
    }
    print(&text);
}
