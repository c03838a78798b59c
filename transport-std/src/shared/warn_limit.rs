//! `WarnLimit`: how often the same warning is logged.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time between two warnings.
const INTERVAL: Duration = Duration::from_secs(5);

/// Allows one warning in five seconds.
#[derive(Debug, Default)]
pub(crate) struct WarnLimit(Mutex<Option<Instant>>);

impl WarnLimit {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns true if the warning is to be logged now. The lock is not held while it is: a log that blocks keeps one thread.
    pub(crate) fn allows(&self) -> bool {
        let now = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|at| now.saturating_duration_since(at) > INTERVAL);
        if due {
            *last = Some(now);
        }
        due
    }
}
