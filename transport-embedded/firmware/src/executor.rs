//! Law: tasks run until none has been woken; then the processor stands still until a frame or a timer wakes one.
//!
//! embassy's own executor for threads sleeps with WFE, which QEMU does not stop at; this one sleeps with WFI, which every
//! processor stops at. Interrupts wake the processor and no task: so whoever is woken is woken here, between two rounds,
//! and none is missed.

use core::sync::atomic::{AtomicBool, Ordering};

use embassy_executor::raw::Executor;

use crate::{driver, sleep, time};

/// Has a task been woken since the last round?
static WOKEN: AtomicBool = AtomicBool::new(false);

/// embassy calls it when the first task of a round is woken.
#[unsafe(export_name = "__pender")]
fn pend(_: *mut ()) {
    WOKEN.store(true, Ordering::Relaxed);
}

/// Runs its tasks for ever.
pub fn run(executor: &'static Executor) -> ! {
    loop {
        // SAFETY: the only call; `pend` does not call it, nor does an interrupt.
        unsafe { executor.poll() };
        let wake = time::ring();
        driver::look();
        if !WOKEN.swap(false, Ordering::Relaxed) {
            sleep::at_most(wake);
        }
    }
}
