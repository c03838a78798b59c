//! Law: a worker that answers knows whether another is left for the next client.

use core::cell::Cell;

use bantam::Deadlines;

/// A TCP port, and what its workers have in common. It belongs to one executor, as embassy-net's `Stack` does.
#[derive(Debug)]
pub struct Port {
    number: u16,
    deadlines: Deadlines,
    listening: Cell<usize>,
}

impl Port {
    /// A port that nobody listens on yet; how long the phases of its connections may take.
    ///
    /// # Panics
    /// If `number` is 0, which no server can listen on.
    #[must_use]
    pub const fn new(number: u16, deadlines: Deadlines) -> Self {
        assert!(number != 0, "a server listens on a port from 1 to 65535");
        Self { number, deadlines, listening: Cell::new(0) }
    }

    /// How many workers wait for a client, for a page or a log.
    pub fn listening(&self) -> usize {
        self.listening.get()
    }

    pub(super) const fn number(&self) -> u16 {
        self.number
    }

    pub(super) const fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// One more listens, until what is returned is dropped: at the latest with the future of its worker.
    pub(super) fn listen(&self) -> Listening<'_> {
        self.listening.set(self.listening.get() + 1);
        Listening(self)
    }
}

/// A worker waits for a client.
pub(super) struct Listening<'p>(&'p Port);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.listening.set(self.0.listening.get().saturating_sub(1));
    }
}
