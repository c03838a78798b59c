//! Law: everybody in the house knows what time it is there and whether it is closing, without asking anybody.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The house's own time, and whether it closes.
#[derive(Debug)]
pub(crate) struct Hours {
    opened: Instant,
    closing: AtomicBool,
}

impl Hours {
    pub(crate) fn new() -> Self {
        Self { opened: Instant::now(), closing: AtomicBool::new(false) }
    }

    /// Milliseconds since the house was opened.
    pub(crate) fn age(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn are_over(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }
}
