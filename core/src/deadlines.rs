//! Law: whatever is waited for has a deadline, for the whole of its phase; the core counts, the transport has the clock.

use core::borrow::Borrow;
use core::time::Duration;

use crate::transport::Phase;

/// How long each phase of a connection may take. [`Duration::MAX`] is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the first byte of a request, on a new connection or between two requests: 15 s. Then it is closed.
    pub idle: Duration,
    /// For a whole request head, from its first byte: 10 s. Then 408.
    pub head: Duration,
    /// For the next bytes of a body: 15 s. Then 408, if the response has not begun.
    pub body_progress: Duration,
    /// For a whole body: 300 s. Then the same.
    pub body_total: Duration,
    /// For the peer to take a piece of the response (at most [`crate::MAX_WRITE`] bytes): 30 s. Then it is cut off.
    pub response: Duration,
    /// For the peer to close its side after the last response: 1 s.
    pub close: Duration,
}

impl Deadlines {
    /// What is stated with each.
    pub const DEFAULT: Self = Self {
        idle: Duration::from_secs(15),
        head: Duration::from_secs(10),
        body_progress: Duration::from_secs(15),
        body_total: Duration::from_secs(300),
        response: Duration::from_secs(30),
        close: Duration::from_secs(1),
    };
}

impl Default for Deadlines {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The deadline of the current phase, for transports to keep. It is told the time, as a duration since any fixed moment
/// on a monotonic clock, and only when something has to wait.
///
/// ```
/// use bantam::{Deadlines, Phase, PhaseTimer};
/// use core::time::Duration;
///
/// let mut watch = PhaseTimer::new(Deadlines::DEFAULT);
/// watch.enter(Phase::Head);
/// assert_eq!(watch.remaining(Duration::from_secs(100)), Duration::from_secs(10));
/// assert_eq!(watch.remaining(Duration::from_secs(109)), Duration::from_secs(1));
/// assert_eq!(watch.remaining(Duration::from_secs(111)), Duration::ZERO); // fail with `TimedOut`
/// ```
///
/// `D` is [`Deadlines`], or a reference to them: where many connections share them, that saves 92 bytes each on a device.
#[derive(Clone, Debug)]
pub struct PhaseTimer<D = Deadlines> {
    deadlines: D,
    phase: Phase,
    /// When the phase ends; not known before something has to wait in it.
    until: Option<Duration>,
    /// When the body of this request was first waited for.
    body_since: Option<Duration>,
}

impl<D: Borrow<Deadlines>> PhaseTimer<D> {
    /// In phase [`Phase::Idle`].
    #[must_use]
    pub const fn new(deadlines: D) -> Self {
        Self { deadlines, phase: Phase::Idle, until: None, body_since: None }
    }

    /// The phase changes; its time runs from the first call of [`Self::remaining`].
    pub const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.until = None;
        if matches!(phase, Phase::Head) {
            self.body_since = None;
        }
    }

    /// How much longer the phase may take: nothing when its time is up, [`Duration::MAX`] when it has no end.
    pub fn remaining(&mut self, now: Duration) -> Duration {
        let until = match self.until {
            Some(until) => until,
            None => now.saturating_add(self.allowed(now)),
        };
        self.until = Some(until);
        if until == Duration::MAX { until } else { until.saturating_sub(now) }
    }

    fn allowed(&mut self, now: Duration) -> Duration {
        let deadlines = self.deadlines.borrow();
        match self.phase {
            Phase::Idle => deadlines.idle,
            Phase::Head => deadlines.head,
            Phase::Body => {
                let spent = now.saturating_sub(*self.body_since.get_or_insert(now));
                deadlines.body_progress.min(match deadlines.body_total {
                    Duration::MAX => Duration::MAX,
                    total => total.saturating_sub(spent),
                })
            }
            Phase::LowLevel => deadlines.body_progress,
            Phase::Response => deadlines.response,
            Phase::Close => deadlines.close,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn bytes_now_and_then_do_not_prolong_a_phase() {
        let mut watch = PhaseTimer::new(Deadlines::DEFAULT);
        watch.enter(Phase::Head);
        assert!(
            (0..12)
                .map(|second| watch.remaining(s(second)))
                .eq((0..12).map(|second| s(10u64.saturating_sub(second))))
        );
    }

    #[test]
    fn a_body_needs_progress_and_has_an_end() {
        let mut watch = PhaseTimer::new(Deadlines { body_total: s(40), ..Deadlines::DEFAULT });
        for (now, left) in [(0, 15), (14, 15), (28, 12), (40, 0)] {
            watch.enter(Phase::Body);
            assert_eq!(watch.remaining(s(now)), s(left), "{now}");
            watch.enter(Phase::Response);
        }
        watch.enter(Phase::Head);
        watch.enter(Phase::Body);
        assert_eq!(watch.remaining(s(50)), s(15), "the next request has a body of its own");
    }

    #[test]
    fn a_deadline_may_be_without_end() {
        let endless = Deadlines { idle: Duration::MAX, body_total: Duration::MAX, ..Deadlines::DEFAULT };
        let mut watch = PhaseTimer::new(endless);
        assert_eq!(watch.remaining(s(7)), Duration::MAX);
        assert_eq!(watch.remaining(s(1_000_000)), Duration::MAX);
        watch.enter(Phase::Body);
        assert_eq!(watch.remaining(s(7)), s(15));
    }
}
