//! What the connections of an event loop share: the server's context, and the clock.
//! Invariant: the date, and the clock of the deadlines, are read at most once for each turn of the loop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bantam::Deadlines;

use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;

/// The context of one worker.
pub(super) struct LoopContext {
    pub(super) server: ServerContext,
    /// Shared: they would be a third of what is moved for each connection that gets a slot.
    pub(super) deadlines: Rc<Deadlines>,
    started: Instant,
    /// When this turn began.
    now: Cell<Instant>,
    /// The time from `started` to `now`.
    elapsed: Cell<Duration>,
    date_is_fresh: Cell<bool>,
    date: RefCell<DateCache>,
}

impl LoopContext {
    pub(super) fn new(server: ServerContext) -> Self {
        let now = Instant::now();
        let (date_is_fresh, date) = (Cell::new(false), RefCell::new(DateCache::new()));
        let elapsed = Cell::new(Duration::ZERO);
        let deadlines = Rc::new(server.config.deadlines);
        Self { server, deadlines, started: now, now: Cell::new(now), elapsed, date_is_fresh, date }
    }

    /// Reads the clock.
    pub(super) fn begin_turn(&self) {
        let now = Instant::now();
        self.now.set(now);
        self.elapsed.set(now.saturating_duration_since(self.started));
        self.date_is_fresh.set(false);
    }

    pub(super) fn now(&self) -> Instant {
        self.now.get()
    }

    /// Time from the start of the worker to the start of this turn.
    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    pub(super) fn date(&self) -> [u8; 29] {
        let mut date = self.date.borrow_mut();
        if self.date_is_fresh.replace(true) { date.cached() } else { date.now() }
    }
}
