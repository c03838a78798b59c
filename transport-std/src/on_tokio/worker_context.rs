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
    /// Notified when the server begins to stop, for what has no end of its own.
    ending: Notify,
    idle: IdleCount,
    /// Notified when a connection has closed.
    pub(super) closed: Notify,
    spare_buffers: RefCell<Vec<ConnectionBuffers>>,
}

impl WorkerContext {
    pub(super) fn new(server: ServerContext, notify: Arc<WorkerNotify>) -> Self {
        let (date, spare_buffers) = (RefCell::new(DateCache::new()), RefCell::default());
        let is_draining = Cell::new(false);
        let (drain, ending, closed) = (Notify::new(), Notify::new(), Notify::new());
        let idle = IdleCount::default();
        Self { server, notify, date, is_draining, drain, ending, idle, closed, spare_buffers }
    }

    pub(super) fn date(&self) -> [u8; 29] {
        self.date.borrow_mut().now()
    }

    /// Closes idle connections, and the others after their request. The listeners are closed already.
    pub(super) fn start_draining(&self) {
        self.is_draining.set(true);
        self.drain.notify_waiters();
        self.ending.notify_waiters();
    }

    /// What a read waits for that ends with the server.
    pub(super) async fn ending(&self) {
        if !self.is_draining() {
            self.ending.notified().await;
        }
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.get()
    }

    /// What an idle connection waits for: [`Self::start_draining`], or its turn in [`Self::make_way`].
    pub(super) async fn draining(&self) {
        if !self.is_draining() {
            let _idle = self.idle.enter();
            self.drain.notified().await;
        }
    }

    /// Closes the connection that has been idle longest. Returns false if none is idle.
    pub(super) fn make_way(&self) -> bool {
        let is_any_idle = self.idle.0.get() > 0;
        if is_any_idle {
            // Notifies the one that has waited longest. Without one it would close the next that becomes idle.
            self.drain.notify_one();
        }
        is_any_idle
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

/// How many connections wait to be closed.
#[derive(Default)]
struct IdleCount(Cell<usize>);

impl IdleCount {
    fn enter(&self) -> IdleGuard<'_> {
        self.0.set(self.0.get() + 1);
        IdleGuard(self)
    }
}

/// One of them, until it is dropped.
struct IdleGuard<'c>(&'c IdleCount);

impl Drop for IdleGuard<'_> {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() - 1);
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
