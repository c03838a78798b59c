//! Wakes slots of an event loop from other threads.
//! Invariant: a wake that comes while the worker sleeps, or goes to sleep, ends that sleep.

use std::io;
use std::sync::Arc;
use std::task::Wake;

use crate::shared::state::WorkerHandle;
use crate::shared::sync::{AtomicU32, AtomicUsize, Mutex, Ordering, lock};

/// The keys that other threads have woken, and the handle of the worker that polls them.
pub(super) struct WakeQueue<W = mio::Waker> {
    woken: Mutex<Vec<u32>>,
    worker: W,
    active: AtomicUsize,
}

impl<W: WorkerHandle> WakeQueue<W> {
    /// `worker` ends the sleep of the worker, or prevents its next one.
    pub(super) fn new(worker: W) -> Arc<Self> {
        Arc::new(Self { woken: Mutex::default(), worker, active: AtomicUsize::new(0) })
    }

    /// Publishes how many connections have a slot.
    pub(super) fn set_active(&self, count: usize) {
        self.active.store(count, Ordering::Relaxed);
    }

    /// Takes the keys that have been woken. The worker calls it after each sleep that `worker` has ended.
    pub(super) fn drain(&self) -> Vec<u32> {
        std::mem::take(&mut lock(&self.woken))
    }

    fn push(&self, key: u32) {
        let first = {
            let mut woken = lock(&self.woken);
            woken.push(key);
            woken.len() == 1
        };
        // Otherwise the first one has woken the worker, which has not drained the queue yet.
        if first {
            // Fails only where the worker has ended.
            let _ = self.worker.wake();
        }
    }
}

impl<W: WorkerHandle> WorkerHandle for WakeQueue<W> {
    fn wake(&self) -> io::Result<()> {
        self.worker.wake()
    }

    fn active(&self) -> usize {
        self.active.load(Ordering::Relaxed)
    }
}

/// The waker of a slot. It wakes the connection that the slot then serves, also where that is a later one: a slot that is
/// woken without a reason is polled in vain.
pub(super) struct SlotWaker<W = mio::Waker> {
    key: AtomicU32,
    queue: Arc<WakeQueue<W>>,
}

impl<W: WorkerHandle> SlotWaker<W> {
    pub(super) fn new(queue: Arc<WakeQueue<W>>) -> Arc<Self> {
        Arc::new(Self { key: AtomicU32::new(u32::MAX), queue })
    }

    /// Wakes the connection with this key from now on.
    pub(super) fn assign(&self, key: u32) {
        self.key.store(key, Ordering::Relaxed);
    }
}

impl<W: WorkerHandle> Wake for SlotWaker<W> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue.push(self.key.load(Ordering::Relaxed));
    }
}

#[cfg(all(test, bantam_model))]
#[path = "../../tests/models/wake.rs"]
mod model;
