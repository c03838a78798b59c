//! `RateHistory`: how many responses each of the last seconds had.
//!
//! Invariant: a response is counted without a lock and without a clock: its second is that of its date.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bantam::wire::Date;

/// How many seconds are told: a minute.
pub(super) const SHOWN: usize = 60;
/// More than [`SHOWN`], and a divisor of the seconds of a day.
const SLOTS: usize = 64;
/// The bits of a slot below its second.
const COUNT_BITS: u32 = 40;

/// A second of a month, by which a slot is found and recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Second {
    /// Not 0: a slot that was never used has that.
    tag: u64,
    slot: usize,
}

impl Second {
    /// The second of an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. `None` for other bytes.
    fn of(date: &[u8; 29]) -> Option<Self> {
        let two = |at: usize| match date[at..at + 2] {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                Some(u64::from(tens - b'0') * 10 + u64::from(ones - b'0'))
            }
            _ => None,
        };
        let tag = (two(5)? * 24 + two(17)?) * 3600 + two(20)? * 60 + two(23)? + 1;
        // The remainder is below the length.
        Some(Self { tag, slot: (tag % SLOTS as u64) as usize })
    }
}

#[derive(Debug)]
pub(super) struct RateHistory {
    /// The second in the upper bits, and its responses in the lower ones.
    slots: [AtomicU64; SLOTS],
}

impl RateHistory {
    pub(super) fn new() -> Self {
        Self { slots: [const { AtomicU64::new(0) }; SLOTS] }
    }

    /// Counts a response of this date.
    pub(super) fn add(&self, date: &[u8; 29]) {
        let Some(Second { tag, slot }) = Second::of(date) else { return };
        let slot = &self.slots[slot];
        let mut seen = slot.load(Ordering::Relaxed);
        // A slot gets its next second a minute later: the one that was seen is still there.
        while seen >> COUNT_BITS != tag {
            let first = tag << COUNT_BITS | 1;
            match slot.compare_exchange_weak(seen, first, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => seen = other,
            }
        }
        slot.fetch_add(1, Ordering::Relaxed);
    }

    /// The responses of each second of the last minute, the last whole second at the end.
    pub(super) fn last_minute(&self) -> [u64; SHOWN] {
        self.before(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    /// The responses of the seconds before this one, in seconds since 1970.
    fn before(&self, now: u64) -> [u64; SHOWN] {
        std::array::from_fn(|at| {
            let date = Date::new(now.saturating_sub((SHOWN - at) as u64)).imf_fixdate();
            let second = Second::of(&date);
            let count = second.map(|Second { tag, slot }| (tag, self.slots[slot].load(Ordering::Relaxed)));
            count.map_or(
                0,
                |(tag, slot)| if slot >> COUNT_BITS == tag { slot & ((1 << COUNT_BITS) - 1) } else { 0 },
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_counted_in_the_second_of_its_date_and_forgotten_after_a_minute() {
        let history = RateHistory::new();
        // Around a midnight.
        let start = 784_080_000 - 30;
        for (after, count) in [(0, 3), (29, 1), (30, 2), (59, 4)] {
            let date = Date::new(start + after).imf_fixdate();
            (0..count).for_each(|_| history.add(&date));
        }
        let rates = history.before(start + 60);
        assert_eq!((rates[0], rates[29], rates[30], rates[59]), (3, 1, 2, 4));
        assert_eq!(rates.iter().sum::<u64>(), 10);
        assert_eq!(history.before(start + 61)[58], 4);
        assert_eq!(history.before(start + 60 + 64), [0; SHOWN], "a slot has another second now");
        assert_eq!(history.before(start + 60 + 86_400), [0; SHOWN], "the same second of the next day");
        history.add(&Date::new(start + 64).imf_fixdate());
        assert_eq!(history.before(start + 65)[59], 1, "the slot is used again");
        history.add(&[b' '; 29]);
        history.add(&[0xff; 29]);
    }

    #[test]
    fn threads_that_count_at_once_lose_nothing() {
        let history = RateHistory::new();
        let date = Date::new(784_080_000).imf_fixdate();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| history.add(&date)));
            }
        });
        assert_eq!(history.before(784_080_001)[59], 4_000);
    }
}
