//! Law: an image measures itself with the code that every other has, and says it behind its answers.

use core::future::Future;
use core::pin::Pin;
use core::ptr::{addr_of, read_volatile};
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Waker};

use cortex_m_semihosting::debug::{EXIT_SUCCESS, exit};

use crate::questions::EXTRA;
use crate::uart;

/// The size of the future that serves a connection, without what it borrows.
static FUTURE: AtomicU32 = AtomicU32::new(0);

/// What the stack was painted with at start (cortex-m-rt, `paint-stack`).
const PAINT: u32 = 0xcccc_cccc;

unsafe extern "C" {
    /// The end of what is static, and so of where the stack may go.
    static mut __sheap: u8;
    /// Where the stack begins, and grows down from.
    static mut _stack_start: u8;
}

/// Takes down the size of the future that serves a connection.
pub fn noted<F: Future>(future: F) -> F {
    FUTURE.store(size_of::<F>() as u32, Ordering::Relaxed);
    future
}

/// Polls the task of a connection, which is ready at once, and says what there is to say: the future that was
/// [`noted`], the task (it owns the future and all state beside the buffers), the deepest stack with the task on it.
pub fn drive<F: Future>(task: Pin<&mut F>) -> ! {
    let done = task.poll(&mut Context::from_waker(Waker::noop())).is_ready();
    let stack = stack_peak();
    say(b"\nFUTURE ", FUTURE.load(Ordering::Relaxed));
    say(b"\nTASK ", size_of::<F>() as u32);
    say(b"\nSTACK ", stack);
    say(b"\nEXTRA ", EXTRA as u32);
    uart::write(if done { b"\nEND\n" } else { b"\nPENDING\n" });
    loop {
        exit(EXIT_SUCCESS);
    }
}

/// Bytes of stack that have been used at the deepest so far.
fn stack_peak() -> u32 {
    let top = addr_of!(_stack_start) as usize;
    let mut word = (addr_of!(__sheap) as usize).next_multiple_of(4);
    // SAFETY: between the statics and the top of the stack everything is RAM of this chip, and aligned.
    while word < top && unsafe { read_volatile(word as *const u32) } == PAINT {
        word += 4;
    }
    (top - word) as u32
}

/// A word and eight hexadecimal digits.
pub fn say(word: &[u8], number: u32) {
    uart::write(word);
    for digit in (0..8).rev() {
        let digit = (number >> (digit * 4) & 15) as u8;
        uart::write(&[if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }]);
    }
}
