//! [`Deadlines`]: how long each phase of a connection may take; [`PhaseTimer`]: the deadline of the current one.
//! Invariant: bytes that arrive now and then do not prolong a phase.

use core::borrow::Borrow;
use core::time::Duration;

use crate::transport::Phase;

macro_rules! setters {
    ($($phase:ident),*) => {
        $(
            #[doc = concat!("Sets the limit [`", stringify!($phase), "`](field@Self::", stringify!($phase), ").")]
            #[must_use]
            pub const fn $phase(mut self, limit: Duration) -> Self {
                self.$phase = limit;
                self
            }
        )*
    };
}

/// How long each phase of a connection may take. [`Duration::MAX`] is no limit.
///
/// ```
/// use bantam::Deadlines;
/// use core::time::Duration;
///
/// const PATIENT: Deadlines = Deadlines::DEFAULT.idle(Duration::from_secs(60)).head(Duration::MAX);
/// assert_eq!((PATIENT.idle, PATIENT.close), (Duration::from_secs(60), Duration::from_secs(2)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// Until the first byte of a request, on a new connection or between two requests. Default: 15 s. Then it is closed.
    pub idle: Duration,
    /// Until the head of a request is complete, from its first byte. Default: 10 s. Then it is answered 408.
    pub head: Duration,
    /// Until the next bytes of a body. Default: 15 s. Then it is answered 408, unless a part of the response was written.
    pub body_progress: Duration,
    /// Until a body is complete, from the first read of it. Default: 300 s. Then as `body_progress`.
    pub body_total: Duration,
    /// Until the peer has taken the next [`crate::MAX_WRITE`] bytes. Default: 30 s. Then the connection is cut off. The
    /// buffers of a system may hide as many bytes: a peer that takes twice as many in the time is never cut off.
    pub response: Duration,
    /// Until the next bytes of the peer where a page has left HTTP. Default: 15 s. A [`WebSocket`](crate::Connection::low_level) then
    /// sends a ping, and ends at the second time. Writes there have the deadline `response`.
    pub low_level: Duration,
    /// Until the peer closes its side after the last response, or answers the close of a protocol that a page speaks. Default: 2 s. Then it is closed. A transport that lingers by
    /// itself may begin the time anew while the peer goes on sending.
    pub close: Duration,
}

impl Deadlines {
    /// The defaults that stand with the fields.
    pub const DEFAULT: Self = Self {
        idle: Duration::from_secs(15),
        head: Duration::from_secs(10),
        body_progress: Duration::from_secs(15),
        body_total: Duration::from_secs(300),
        response: Duration::from_secs(30),
        low_level: Duration::from_secs(15),
        close: Duration::from_secs(2),
    };

    setters!(idle, head, body_progress, body_total, response, low_level, close);
}

impl Default for Deadlines {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The deadline of a connection's current phase, for a transport. It has no clock: the transport passes the time, as a
/// duration since any fixed moment of a monotonic clock, and only when a read or a write has to wait.
///
/// ```
/// use bantam::{Deadlines, Phase, PhaseTimer};
/// use core::time::Duration;
///
/// let mut timer = PhaseTimer::new(Deadlines::DEFAULT);
/// timer.enter(Phase::Head);
/// assert_eq!(timer.remaining(Duration::from_secs(100)), Duration::from_secs(10));
/// assert_eq!(timer.remaining(Duration::from_secs(109)), Duration::from_secs(1));
/// assert_eq!(timer.remaining(Duration::from_secs(111)), Duration::ZERO); // fail with `TimedOut`
/// ```
///
/// `D` is [`Deadlines`] or a reference to them, which saves 92 bytes a connection on a device.
#[derive(Clone, Debug)]
pub struct PhaseTimer<D = Deadlines> {
    deadlines: D,
    phase: Phase,
    /// When the phase ends; `None` until the first wait in it.
    deadline: Option<Duration>,
    /// When the body of this request has to be complete; `None` until it is first read, or waited for.
    body_end: Option<Duration>,
}

impl<D: Borrow<Deadlines>> PhaseTimer<D> {
    /// A timer in [`Phase::Idle`].
    #[must_use]
    pub const fn new(deadlines: D) -> Self {
        Self { deadlines, phase: Phase::Idle, deadline: None, body_end: None }
    }

    /// Enters a phase. Its time runs from the first call of [`Self::remaining`].
    pub const fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.deadline = None;
        if matches!(phase, Phase::Head) {
            self.body_end = None;
        }
    }

    /// Enters a phase that ends `limit` after `now`, whatever its deadline.
    pub fn enter_for(&mut self, phase: Phase, now: Duration, limit: Duration) {
        self.enter(phase);
        self.deadline = Some(now.saturating_add(limit));
    }

    /// The current phase.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// How much longer the phase may take: zero when it has timed out, [`Duration::MAX`] if it has no limit.
    #[must_use]
    pub fn remaining(&mut self, now: Duration) -> Duration {
        let deadline = match self.deadline {
            Some(deadline) => deadline,
            None => self.end(now),
        };
        self.deadline = Some(deadline);
        if deadline == Duration::MAX { deadline } else { deadline.saturating_sub(now) }
    }

    /// Returns true if a body has taken longer than [`Deadlines::body_total`], or the close of the peer longer than its deadline. Ask it
    /// before every read, and fail with `TimedOut`: bytes that are always there, because the peer is faster than the page, never make
    /// a read wait. Only in [`Phase::Body`] and [`Phase::Close`] is the clock asked.
    #[must_use]
    pub fn is_overdue(&mut self, now: impl FnOnce() -> Duration) -> bool {
        match self.phase {
            Phase::Body => {
                let now = now();
                self.end(now) <= now
            }
            Phase::Close => self.remaining(now()).is_zero(),
            _ => false,
        }
    }

    /// When the phase ends if it waits from `now` on.
    fn end(&mut self, now: Duration) -> Duration {
        let deadlines = self.deadlines.borrow();
        let limit = match self.phase {
            Phase::Idle => &deadlines.idle,
            Phase::Head => &deadlines.head,
            Phase::Body => &deadlines.body_progress,
            Phase::LowLevel => &deadlines.low_level,
            Phase::Response => &deadlines.response,
            Phase::Close => &deadlines.close,
        };
        let end = now.saturating_add(*limit);
        if self.phase != Phase::Body {
            return end;
        }
        end.min(*self.body_end.get_or_insert_with(|| now.saturating_add(deadlines.body_total)))
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
        let mut timer = PhaseTimer::new(Deadlines::DEFAULT);
        timer.enter(Phase::Head);
        for second in 0..12 {
            assert_eq!(timer.remaining(s(second)), s(10u64.saturating_sub(second)));
        }
    }

    #[test]
    fn a_body_needs_progress_and_has_an_end() {
        let mut timer = PhaseTimer::new(Deadlines::DEFAULT.body_total(s(40)));
        for (now, left) in [(0, 15), (14, 15), (28, 12), (40, 0)] {
            timer.enter(Phase::Body);
            assert_eq!(timer.remaining(s(now)), s(left), "{now}");
            timer.enter(Phase::Response);
        }
        timer.enter(Phase::Head);
        timer.enter(Phase::Body);
        assert_eq!(timer.remaining(s(50)), s(15), "the next request has a body of its own");
    }

    #[test]
    fn a_body_that_is_always_there_has_an_end_and_no_other_phase_asks_the_clock() {
        let mut timer = PhaseTimer::new(Deadlines::DEFAULT.body_total(s(40)));
        for (now, overdue) in [(0, false), (39, false), (40, true), (50, true)] {
            timer.enter(Phase::Body);
            assert_eq!(timer.is_overdue(|| s(now)), overdue, "{now}");
        }
        timer.enter(Phase::Head);
        assert!(!timer.is_overdue(|| unreachable!()));
        timer.enter(Phase::Body);
        assert!(!timer.is_overdue(|| s(60)), "the next request has a body of its own");
    }

    #[test]
    fn a_limit_of_duration_max_never_times_out() {
        let endless = Deadlines::DEFAULT.idle(Duration::MAX).body_total(Duration::MAX);
        let mut timer = PhaseTimer::new(endless);
        assert_eq!(timer.remaining(s(7)), Duration::MAX);
        assert_eq!(timer.remaining(s(1_000_000)), Duration::MAX);
        timer.enter(Phase::Body);
        assert_eq!(timer.remaining(s(7)), s(15));
    }
}
