//! `LingerCount`: how many connections of a server linger, and the wait for their end when it stops.
//! Invariant: a connection is counted from the moment it is handed over until its socket is closed.

use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::shared::state::{ServerState, WorkerHandle};
use crate::shared::sync::{Condvar, Mutex, lock};

#[derive(Default)]
pub(crate) struct LingerCount {
    count: Mutex<usize>,
    /// The count is 0, or the deadline of the stop has changed.
    changed: Condvar,
}

impl LingerCount {
    /// Counts a connection until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> LingerGuard {
        *lock(&self.count) += 1;
        LingerGuard(Arc::clone(self))
    }

    /// Blocks until no connection lingers, or until the deadline of the stop.
    pub(crate) fn wait(&self, server: &ServerState) {
        let mut count = lock(&self.count);
        while *count > 0 {
            count = match server.stop_deadline().map(|at| at.saturating_duration_since(Instant::now())) {
                Some(remaining) if remaining.is_zero() => return,
                Some(remaining) => {
                    let waited = self.changed.wait_timeout(count, remaining);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(count).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl WorkerHandle for LingerCount {
    fn wake(&self) -> io::Result<()> {
        // The lock: a thread that has read the deadline before this call waits before it is notified.
        let _count = lock(&self.count);
        self.changed.notify_all();
        Ok(())
    }

    fn lingering(&self) -> usize {
        *lock(&self.count)
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
