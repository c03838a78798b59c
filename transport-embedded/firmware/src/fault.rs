//! Law: firmware that cannot go on says where and ends; it never stands still in silence.
//!
//! It says so by addresses: the messages of all panics and what formats them would be a sixth of the image. The first
//! address that is not of the panic itself is the place; `addr2line -fie IMAGE ADDRESS` names it and its callers. Where the
//! stack was used up, the place and its caller could not be saved: the callers behind them are the ones to look at.

use core::panic::PanicInfo;
use core::ptr::{addr_of, read_volatile};

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};

use crate::console::say;

unsafe extern "C" {
    /// Where code begins and ends, and the stack begins.
    static __stext: u8;
    static __etext: u8;
    static _stack_start: u8;
}

/// How many return addresses are shown.
const DEPTH: usize = 24;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    say(b"panicked, called from");
    trace()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    say(b"hard fault at");
    show(frame.pc());
    say(b", called from");
    show(frame.lr());
    trace()
}

/// Shows what looks like return addresses on the stack, and ends.
fn trace() -> ! {
    let (code, top) = (addr_of!(__stext) as u32..addr_of!(__etext) as u32, addr_of!(_stack_start) as usize);
    let here = 0_u32;
    let mut at = (&raw const here as usize).next_multiple_of(4);
    let mut shown = 0;
    while at < top && shown < DEPTH {
        // SAFETY: from here to its beginning the stack is RAM, and aligned.
        let word = unsafe { read_volatile(at as *const u32) };
        // Thumb code is called at odd addresses.
        if word & 1 == 1 && code.contains(&word) {
            show(word & !1);
            shown += 1;
        }
        at += 4;
    }
    say(b"\n");
    exit(EXIT_FAILURE);
    // Where no debugger has ended it, a second fault locks the processor up.
    cortex_m::asm::udf()
}

/// A number, in hexadecimal.
fn show(number: u32) {
    let mut text = *b" 0x00000000";
    for (place, shift) in text[3..].iter_mut().zip([28, 24, 20, 16, 12, 8, 4, 0]) {
        let digit = (number >> shift & 15) as u8;
        *place = if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
    }
    say(&text);
}
