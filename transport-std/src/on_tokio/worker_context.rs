//! What the connections of a worker share. It stays on the worker's thread, but for [`WorkerNotify`].

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::shared::config::ConnectionBuffers;
use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;
use crate::shared::state::WorkerHandle;

/// How many unused buffers a worker keeps.
const MAX_SPARE_BUFFERS: usize = 16;

/// The context of one worker.
pub(super) struct WorkerContext {
    pub(super) server: ServerContext,
    pub(super) notify: Arc<WorkerNotify>,
    date: RefCell<DateCache>,
    is_draining: Cell<bool>,
    drain: Notify,
    /// Notified when a connection has closed.
    pub(super) closed: Notify,
    spare_buffers: RefCell<Vec<ConnectionBuffers>>,
}

impl WorkerContext {
    pub(super) fn new(server: ServerContext, notify: Arc<WorkerNotify>) -> Self {
        let (date, spare_buffers) = (RefCell::new(DateCache::new()), RefCell::default());
        let is_draining = Cell::new(false);
        let (drain, closed) = (Notify::new(), Notify::new());
        Self { server, notify, date, is_draining, drain, closed, spare_buffers }
    }

    pub(super) fn date(&self) -> [u8; 29] {
        self.date.borrow_mut().now()
    }

    /// Closes idle connections, and the others after their request. The listeners are closed already.
    pub(super) fn start_draining(&self) {
        self.is_draining.set(true);
        self.drain.notify_waiters();
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.get()
    }

    /// Waits for [`Self::start_draining`].
    pub(super) async fn draining(&self) {
        if !self.is_draining() {
            self.drain.notified().await;
        }
    }

    pub(super) fn acquire_buffers(&self) -> ConnectionBuffers {
        let spare = self.spare_buffers.borrow_mut().pop();
        spare.unwrap_or_else(|| ConnectionBuffers::new(&self.server.config))
    }

    pub(super) fn release_buffers(&self, buffers: ConnectionBuffers) {
        let mut spare = self.spare_buffers.borrow_mut();
        if spare.len() < MAX_SPARE_BUFFERS {
            spare.push(buffers);
        }
    }

    /// Counts a connection as active until the guard is dropped.
    pub(super) fn activate(&self) -> ActiveGuard<'_> {
        self.notify.active.fetch_add(1, Ordering::Relaxed);
        ActiveGuard(&self.notify)
    }
}

/// An active connection.
pub(super) struct ActiveGuard<'n>(&'n WorkerNotify);

impl Drop for ActiveGuard<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Wakes a worker from other threads.
#[derive(Default)]
pub(super) struct WorkerNotify {
    pub(super) notify: Notify,
    active: AtomicUsize,
}

impl WorkerHandle for WorkerNotify {
    fn wake(&self) -> io::Result<()> {
        self.notify.notify_one();
        Ok(())
    }

    fn active(&self) -> usize {
        self.active.load(Ordering::Relaxed)
    }
}
