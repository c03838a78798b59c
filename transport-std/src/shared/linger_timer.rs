//! `LingerTimer`: how long a connection lingers (RFC 9112 section 9.6), by time and by rate.
//! Invariant: a connection is kept only while its peer sends at least [`MIN_PROGRESS`] bytes in each period, and for
//! [`MAX_LINGER`] at most.

use std::time::{Duration, Instant};

/// How long a connection lingers at most.
const MAX_LINGER: Duration = Duration::from_secs(30);
/// How many bytes a peer has to send in each period: 4 KB, so that a slow line can send a request to its end.
const MIN_PROGRESS: usize = 4 * 1024;

/// The time of one connection. A period is as long as [`bantam::Deadlines::close`].
#[derive(Debug)]
pub(super) struct LingerTimer {
    /// Bytes of this period.
    received: usize,
    period_ends: Instant,
    ends: Instant,
}

impl LingerTimer {
    pub(super) fn new(now: Instant, period: Duration) -> Self {
        let ends = now + MAX_LINGER;
        let mut timer = Self { received: 0, period_ends: ends, ends };
        timer.begin_period(now, period);
        timer
    }

    fn begin_period(&mut self, now: Instant, period: Duration) {
        self.received = 0;
        self.period_ends = now.checked_add(period).map_or(self.ends, |at| at.min(self.ends));
    }

    /// Counts bytes of the peer.
    pub(super) const fn receive(&mut self, count: usize) {
        self.received = self.received.saturating_add(count);
    }

    /// When [`Self::goes_on`] has to be asked.
    pub(super) const fn period_ends(&self) -> Instant {
        self.period_ends
    }

    /// Begins the next period, if one is over. Returns false if the connection has to be closed.
    pub(super) fn goes_on(&mut self, now: Instant, period: Duration) -> bool {
        if now < self.period_ends {
            return true;
        }
        let goes_on = self.received >= MIN_PROGRESS && now < self.ends;
        self.begin_period(now, period);
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(4);

    #[test]
    fn a_peer_that_sends_enough_in_each_period_is_kept_and_a_slower_one_is_not() {
        let start = Instant::now();
        let mut timer = LingerTimer::new(start, PERIOD);
        timer.receive(MIN_PROGRESS);
        assert!(timer.goes_on(start + PERIOD, PERIOD));
        timer.receive(MIN_PROGRESS - 1);
        assert!(
            timer.goes_on(start + 2 * PERIOD - Duration::from_millis(1), PERIOD),
            "the period is not over"
        );
        assert!(!timer.goes_on(start + 2 * PERIOD, PERIOD));
    }

    #[test]
    fn a_silent_peer_is_kept_for_one_period() {
        let start = Instant::now();
        let mut timer = LingerTimer::new(start, PERIOD);
        assert_eq!(timer.period_ends(), start + PERIOD);
        assert!(!timer.goes_on(start + PERIOD, PERIOD));
    }

    #[test]
    fn no_peer_is_kept_for_longer_than_the_limit_and_no_period_is_longer() {
        let start = Instant::now();
        let mut timer = LingerTimer::new(start, PERIOD);
        let mut now = start;
        while now < start + MAX_LINGER {
            timer.receive(MIN_PROGRESS);
            now = timer.period_ends();
            assert_eq!(timer.goes_on(now, PERIOD), now < start + MAX_LINGER, "{:?}", now - start);
        }
        assert_eq!(now, start + MAX_LINGER);
        assert_eq!(LingerTimer::new(start, Duration::MAX).period_ends(), start + MAX_LINGER);
    }
}
