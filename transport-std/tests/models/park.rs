//! Model checks of a thread that sleeps until its future is woken.

use std::future::poll_fn;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::*;

#[test]
fn model_a_wake_reaches_a_thread_that_falls_asleep() {
    loom::model(|| {
        let done = Arc::new(AtomicBool::new(false));
        let mut waker_is_out = false;
        Parker::new().block_on(poll_fn(|context| {
            if !waker_is_out {
                let (waker, done) = (context.waker().clone(), Arc::clone(&done));
                thread::spawn(move || {
                    done.store(true, Ordering::Relaxed);
                    waker.wake();
                });
                waker_is_out = true;
            }
            if done.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }));
    });
}
