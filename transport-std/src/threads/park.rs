//! `block_on`: polls a future on this thread, which sleeps while the future is pending.
//! Invariant: a wake that comes before, or while the thread falls asleep, ends that sleep.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::shared::sync::{Condvar, Mutex, lock};

/// Set by a waker, and taken by the thread that sleeps. Not `std::thread::park`: a lock that a page waits for may take the
/// wake of a parked thread for its own.
#[derive(Default)]
struct WakeFlag {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl WakeFlag {
    /// Blocks until the flag is set, and takes it.
    fn wait(&self) {
        let mut woken = lock(&self.woken);
        while !*woken {
            woken = self.changed.wait(woken).unwrap_or_else(PoisonError::into_inner);
        }
        *woken = false;
    }
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *lock(&self.woken) = true;
        self.changed.notify_one();
    }
}

/// Blocks until the future is ready. Where a future never wakes its waker, this never returns.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let flag = Arc::<WakeFlag>::default();
    let (waker, mut future) = (Waker::from(Arc::clone(&flag)), pin!(future));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        flag.wait();
    }
}

#[cfg(all(test, bantam_model))]
#[path = "../../tests/models/park.rs"]
mod model;
