//! `WarnLimit`: messages at level warn about what clients can cause as often as they like.
//!
//! Invariant: at most `burst` messages in an interval, and each that is left out is counted in the next one.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use log::warn;

/// How many messages an interval has where each is about another client or file.
const BURST: u32 = 5;
const INTERVAL: Duration = Duration::from_secs(60);

/// One kind of message. Locks a mutex; blocks only as the logger does.
#[derive(Debug)]
pub(crate) struct WarnLimit {
    burst: u32,
    window: Mutex<Window>,
}

/// The interval that has begun with its first message.
#[derive(Debug, Default)]
struct Window {
    began: Option<Instant>,
    said: u32,
    left_out: u64,
}

impl WarnLimit {
    pub(crate) const fn new() -> Self {
        Self::of(BURST)
    }

    const fn of(burst: u32) -> Self {
        Self { burst, window: Mutex::new(Window { began: None, said: 0, left_out: 0 }) }
    }

    /// Writes the message, or counts it as left out.
    pub(crate) fn warn(&self, message: fmt::Arguments<'_>) {
        match self.admit(Instant::now()) {
            Some(0) => warn!("{message}"),
            Some(left_out) => warn!("{message} ({left_out} messages like this one were left out)"),
            None => {}
        }
    }

    /// Returns true if a message may be written now. One that is left out is counted in the next [`Self::warn`].
    pub(crate) fn allows(&self) -> bool {
        self.admit(Instant::now()).is_some()
    }

    /// How many messages were left out before one that is written now; `None` if it is left out.
    fn admit(&self, now: Instant) -> Option<u64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.is_none_or(|began| now.saturating_duration_since(began) >= INTERVAL) {
            (window.began, window.said) = (Some(now), 0);
        }
        if window.said >= self.burst {
            window.left_out += 1;
            return None;
        }
        window.said += 1;
        Some(std::mem::take(&mut window.left_out))
    }
}

impl Default for WarnLimit {
    /// One message an interval: for a condition that lasts.
    fn default() -> Self {
        Self::of(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_has_a_few_messages_and_the_next_one_counts_the_others() {
        let (limit, start) = (WarnLimit::new(), Instant::now());
        for _ in 0..BURST {
            assert_eq!(limit.admit(start), Some(0));
        }
        for _ in 0..100 {
            assert_eq!(limit.admit(start + INTERVAL / 2), None);
        }
        assert_eq!(limit.admit(start + INTERVAL), Some(100));
        assert_eq!(limit.admit(start + INTERVAL), Some(0));
    }
}
