//! A loop around embassy's raw executor that sleeps with WFI.
//!
//! embassy's thread executor sleeps with WFE, at which QEMU does not stop. Interrupts wake the processor and no task: tasks
//! are woken here, between two polls, so no wake is lost.

use core::sync::atomic::{AtomicBool, Ordering};

use embassy_executor::raw::Executor;

use crate::{embassy_driver, sleep, time};

/// A task has been woken since the last poll.
static WOKEN: AtomicBool = AtomicBool::new(false);

/// embassy calls this function when it queues the first task.
#[unsafe(export_name = "__pender")]
fn pend(_: *mut ()) {
    WOKEN.store(true, Ordering::Relaxed);
}

/// Runs the tasks. Never returns.
pub fn run(executor: &'static Executor) -> ! {
    loop {
        // SAFETY: not reentrant: neither `pend` nor an interrupt handler calls `poll`.
        unsafe { executor.poll() };
        let wake = time::wake_expired();
        embassy_driver::wake_receiver();
        if !WOKEN.swap(false, Ordering::Relaxed) {
            sleep::at_most(wake);
        }
    }
}
