//! Measures future, task and stack on the device, and prints them after the responses.

use core::future::Future;
use core::pin::Pin;
use core::ptr::{addr_of, read_volatile};
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Waker};

use cortex_m_semihosting::debug::{EXIT_SUCCESS, exit};

use crate::requests::EXTRA;
use crate::uart;

/// The size of the future that serves a connection, without what it borrows.
static FUTURE: AtomicU32 = AtomicU32::new(0);

/// The word that cortex-m-rt fills the stack with (`paint-stack`).
const PAINT: u32 = 0xcccc_cccc;

unsafe extern "C" {
    /// The end of the statics, and the lowest address of the stack.
    static mut __sheap: u8;
    /// The highest address of the stack.
    static mut _stack_start: u8;
}

/// Records the size of the future that serves a connection.
pub fn record_future<F: Future>(future: F) -> F {
    FUTURE.store(size_of::<F>() as u32, Ordering::Relaxed);
    future
}

/// Polls the task of a connection, which is ready at once. Prints the sizes of the recorded future and of the task
/// (the future and all state but the buffers), and the peak of the stack, which holds the task.
pub fn run_task<F: Future>(task: Pin<&mut F>) -> ! {
    let done = task.poll(&mut Context::from_waker(Waker::noop())).is_ready();
    let stack = stack_peak();
    print(b"\nFUTURE ", FUTURE.load(Ordering::Relaxed));
    print(b"\nTASK ", size_of::<F>() as u32);
    print(b"\nSTACK ", stack);
    print(b"\nEXTRA ", EXTRA as u32);
    uart::write(if done { b"\nEND\n" } else { b"\nPENDING\n" });
    loop {
        exit(EXIT_SUCCESS);
    }
}

/// The peak of the stack so far, in bytes.
fn stack_peak() -> u32 {
    let top = addr_of!(_stack_start) as usize;
    let mut word = (addr_of!(__sheap) as usize).next_multiple_of(4);
    // SAFETY: all addresses between the statics and the top of the stack are RAM, and aligned.
    while word < top && unsafe { read_volatile(word as *const u32) } == PAINT {
        word += 4;
    }
    (top - word) as u32
}

/// A word and eight hexadecimal digits.
pub fn print(word: &[u8], number: u32) {
    uart::write(word);
    for digit in (0..8).rev() {
        let digit = (number >> (digit * 4) & 15) as u8;
        uart::write(&[if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }]);
    }
}
