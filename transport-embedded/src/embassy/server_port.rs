//! The TCP port of a server, and the count of its workers that listen.

use core::cell::Cell;

use bantam::Deadlines;

/// A TCP port that several workers listen on. Like embassy-net's `Stack` it belongs to one executor.
#[derive(Debug)]
pub struct ServerPort {
    pub(super) number: u16,
    pub(super) deadlines: Deadlines,
    idle_workers: Cell<usize>,
}

impl ServerPort {
    /// Returns a port without workers. Its connections have these deadlines.
    ///
    /// # Panics
    /// Panics if `number` is 0.
    #[must_use]
    pub const fn new(number: u16, deadlines: Deadlines) -> Self {
        assert!(number != 0, "a server listens on a port from 1 to 65535");
        Self { number, deadlines, idle_workers: Cell::new(0) }
    }

    /// Returns the number of workers that wait for a connection.
    pub fn idle_workers(&self) -> usize {
        self.idle_workers.get()
    }

    /// Counts a worker as idle until the guard is dropped.
    pub(super) fn listen(&self) -> ListenGuard<'_> {
        self.idle_workers.set(self.idle_workers.get() + 1);
        ListenGuard(self)
    }
}

/// Counts a worker as idle.
pub(super) struct ListenGuard<'p>(&'p ServerPort);

impl Drop for ListenGuard<'_> {
    fn drop(&mut self) {
        self.0.idle_workers.set(self.0.idle_workers.get().saturating_sub(1));
    }
}
