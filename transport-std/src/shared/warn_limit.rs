//! `WarnLimit`: how often the same warning is logged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::shared::sync::{Mutex, lock};

/// The time between two warnings.
const INTERVAL: Duration = Duration::from_secs(5);

/// Allows one warning in five seconds. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct WarnLimit(Arc<Mutex<Option<Instant>>>);

impl WarnLimit {
    /// Returns true if the warning is to be logged now. The lock is not held while it is: a log that blocks keeps one thread.
    pub(crate) fn allows(&self) -> bool {
        let now = Instant::now();
        let mut last = lock(&self.0);
        let due = last.is_none_or(|at| now.saturating_duration_since(at) > INTERVAL);
        if due {
            *last = Some(now);
        }
        due
    }
}
