//! `ConnectionLimits`: what a connection, and all of a client, may take, beside the deadlines of the phases.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

/// Limits of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// How many requests it may have; `None` for any number.
    pub(crate) max_requests: Option<NonZeroU32>,
    /// From when on it ends with its next response, or idle; [`Duration::MAX`] for never.
    pub(crate) max_age: Duration,
    /// How many bytes a second are written to it; `None` for any number.
    pub(crate) max_rate: Option<NonZeroU64>,
    /// How many connections its client may have; `None` for any number.
    pub(crate) per_client: Option<NonZeroUsize>,
}

impl ConnectionLimits {
    pub(crate) const NONE: Self =
        Self { max_requests: None, max_age: Duration::MAX, max_rate: None, per_client: None };

    /// Returns true if a connection may persist after so many requests. Asks whether it is too old only where its age is limited.
    #[inline]
    pub(crate) fn allow(&self, requests: impl FnOnce() -> u32, is_too_old: impl FnOnce() -> bool) -> bool {
        self.max_requests.is_none_or(|limit| requests() < limit.get())
            && (self.max_age == Duration::MAX || !is_too_old())
    }

    /// How long a connection of this age may be idle, where the phase allows `idle`. At least a moment: what has arrived is
    /// read.
    pub(crate) fn idle_time(&self, idle: Duration, age: impl FnOnce() -> Duration) -> Duration {
        if self.max_age == Duration::MAX {
            return idle;
        }
        idle.min(self.max_age.saturating_sub(age())).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_last_request_that_is_allowed_ends_the_connection() {
        let limits = ConnectionLimits { max_requests: NonZeroU32::new(3), ..ConnectionLimits::NONE };
        let persists = [1, 2, 3, u32::MAX].map(|requests| limits.allow(|| requests, || true));
        assert_eq!(persists, [true, true, false, false]);
        assert!(
            ConnectionLimits::NONE
                .allow(|| unreachable!("nothing is counted"), || unreachable!("no clock is read"))
        );
    }

    #[test]
    fn a_connection_of_the_greatest_age_ends_with_its_response_and_is_not_idle_beyond_it() {
        let limits = ConnectionLimits { max_age: 10 * SECOND, ..ConnectionLimits::NONE };
        assert!(limits.allow(|| 1, || false) && !limits.allow(|| 1, || true));
        for (age, idle) in [(0, 4000), (8, 2000), (10, 1), (99, 1)] {
            assert_eq!(limits.idle_time(4 * SECOND, || age * SECOND), Duration::from_millis(idle), "{age}");
        }
        assert_eq!(ConnectionLimits::NONE.idle_time(SECOND, || unreachable!("no clock is read")), SECOND);
    }
}
