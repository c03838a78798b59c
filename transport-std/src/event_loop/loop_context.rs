//! Law: what all connections of a worker share is looked up once a turn; no request asks the system what time it is.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bantam::Deadlines;

use crate::access::observer::Observer;
use crate::proxy::TrustedProxies;
use crate::server::Orders;
use crate::shared::date::DateCache;
use crate::shared::state::Hall;

/// What surrounds every connection of a worker.
pub(super) struct Scene {
    pub(super) hall: Arc<Hall>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) deadlines: Deadlines,
    pub(super) proxies: Arc<TrustedProxies>,
    began: Instant,
    /// When this turn began.
    now: Cell<Instant>,
    /// Has the date been asked for in this turn?
    dated: Cell<bool>,
    clock: RefCell<DateCache>,
}

impl Scene {
    pub(super) fn new(hall: Arc<Hall>, orders: Orders) -> Self {
        let Orders { observer, deadlines, proxies, .. } = orders;
        let now = Instant::now();
        let (dated, clock) = (Cell::new(false), RefCell::new(DateCache::new()));
        Self { hall, observer, deadlines, proxies, began: now, now: Cell::new(now), dated, clock }
    }

    /// Another turn begins.
    pub(super) fn turn(&self) {
        self.now.set(Instant::now());
        self.dated.set(false);
    }

    pub(super) fn now(&self) -> Instant {
        self.now.get()
    }

    /// How long the worker is at work.
    pub(super) fn age(&self) -> Duration {
        self.now().saturating_duration_since(self.began)
    }

    pub(super) fn date(&self) -> [u8; 29] {
        let mut clock = self.clock.borrow_mut();
        if self.dated.replace(true) { clock.last() } else { clock.date() }
    }
}
