//! Deadlines that may be far away: std and tokio panic where an `Instant` overflows.

use std::time::{Duration, Instant};

/// A wait of 100 years or more has no end.
pub(crate) const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The moment when this wait is over; `None` for one without end.
pub(crate) fn deadline_in(wait: Duration) -> Option<Instant> {
    if wait < FAR { Instant::now().checked_add(wait) } else { None }
}

/// How long until this moment, zero if it is over; `None` for a wait without end.
pub(crate) fn until(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|at| at.saturating_duration_since(Instant::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_a_century_has_no_end() {
        assert!(deadline_in(Duration::from_secs(1 << 30)).is_some_and(|at| at > Instant::now()));
        for wait in [FAR, Duration::from_secs(i64::MAX as u64), Duration::MAX] {
            assert_eq!(deadline_in(wait), None);
        }
    }
}
