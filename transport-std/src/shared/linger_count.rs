//! `LingerCount`: how many connections of a server linger, and the wait for their end when it stops.
//! Invariant: a connection is counted from the moment it is handed over until its socket is closed.

use std::sync::Arc;
use std::time::Duration;

use crate::shared::state::ServerState;
use crate::shared::sync::{AtomicBool, Condvar, Mutex, Ordering, lock, wait};

#[derive(Default)]
pub(crate) struct LingerCount {
    count: Mutex<usize>,
    /// The count is 0, or the deadline of the stop has changed.
    changed: Condvar,
    has_ended: AtomicBool,
}

impl LingerCount {
    /// Counts a connection until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> LingerGuard {
        *lock(&self.count) += 1;
        LingerGuard(Arc::clone(self))
    }

    pub(crate) fn get(&self) -> usize {
        *lock(&self.count)
    }

    /// Makes [`Self::wait_and_end`] read the deadline of the stop again.
    pub(crate) fn notify(&self) {
        // The lock: a thread that has read the deadline before this call waits before it is notified.
        let _count = lock(&self.count);
        self.changed.notify_all();
    }

    /// Blocks until no connection lingers, or until the deadline of the stop. From then on none has to linger.
    pub(crate) fn wait_and_end(&self, server: &ServerState) {
        let mut count = lock(&self.count);
        while *count > 0 {
            let remaining = server.until_abort();
            if remaining == Some(Duration::ZERO) {
                break;
            }
            count = wait(&self.changed, count, remaining);
        }
        self.has_ended.store(true, Ordering::Release);
    }

    /// Returns true after [`Self::wait_and_end`].
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }
}

/// Counts one connection as lingering.
pub(crate) struct LingerGuard(Arc<LingerCount>);

impl Drop for LingerGuard {
    fn drop(&mut self) {
        let mut count = lock(&self.0.count);
        *count -= 1;
        if *count == 0 {
            self.0.changed.notify_all();
        }
    }
}

#[cfg(all(test, bantam_model))]
#[path = "../../tests/models/linger.rs"]
mod model;
