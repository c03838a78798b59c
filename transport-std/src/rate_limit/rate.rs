//! `Rate`: how many requests in which time, and how many of them at once (GCRA, the generic cell rate algorithm).

use std::num::NonZeroU32;
use std::time::Duration;

/// The greatest number of requests of a rate, and the greatest burst.
const MAX_COUNT: u32 = 1_000_000;
/// The longest time of a rate.
const MAX_TIME: Duration = Duration::from_secs(60 * 60);

/// A rate of requests: so many in a time, and a burst of them at once. A request that comes takes a token of a bucket, which holds
/// `burst` tokens and gets one in each `time / count`.
///
/// ```
/// use bantam_std::Rate;
/// use std::time::Duration;
///
/// let rate = Rate::new(100, Duration::from_secs(60)).unwrap(); // 100 at once, then one in 0.6 s
/// let even = Rate::new(10, Duration::from_secs(1)).unwrap().burst(1); // one in 0.1 s
/// assert_ne!(rate, even);
/// assert_eq!(Rate::new(0, Duration::from_secs(1)), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Nanoseconds for a token: from 1 on, an hour at most.
    interval: u64,
    burst: u32,
}

impl Rate {
    /// So many requests in this time, all of them at once at first. `None` unless there is at least one and there are at most a
    /// million, the time is at most an hour, and each has at least a nanosecond.
    #[must_use]
    pub fn new(count: u32, time: Duration) -> Option<Self> {
        if time > MAX_TIME || count > MAX_COUNT {
            return None;
        }
        let interval = u64::try_from(time.as_nanos() / u128::from(NonZeroU32::new(count)?.get())).ok()?;
        (interval > 0).then_some(Self { interval, burst: count })
    }

    /// How many may come at once, from 1 to a million. Default: the number of requests of the rate.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = match burst {
            0 => 1,
            MAX_COUNT.. => MAX_COUNT,
            burst => burst,
        };
        self
    }

    /// Takes a token at `now`. `full_at` is when the bucket is full again, and is updated; in nanoseconds of any clock.
    ///
    /// # Errors
    /// How many nanoseconds it is until there is a token.
    pub(super) fn take(self, full_at: &mut u64, now: u64) -> Result<(), u64> {
        // An hour for each of a million tokens: 3.6e18 at most.
        let capacity = self.interval * u64::from(self.burst);
        let next = now.max(*full_at).saturating_add(self.interval);
        match next.saturating_sub(now).checked_sub(capacity) {
            Some(wait @ 1..) => Err(wait),
            _ => {
                *full_at = next;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn per_second(count: u32) -> Rate {
        Rate::new(count, Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn a_burst_passes_at_once_and_then_one_for_each_token() {
        let (rate, mut full_at, now) = (per_second(10).burst(3), 0, 77 * SECOND);
        for _ in 0..3 {
            assert_eq!(rate.take(&mut full_at, now), Ok(()));
        }
        assert_eq!(rate.take(&mut full_at, now), Err(SECOND / 10));
        assert_eq!(rate.take(&mut full_at, now + SECOND / 20), Err(SECOND / 20), "a refusal costs no token");
        assert_eq!(rate.take(&mut full_at, now + SECOND / 10), Ok(()));
        assert_eq!(rate.take(&mut full_at, now + SECOND / 10), Err(SECOND / 10));
        // A bucket that is full has no more than its burst.
        let later = now + 1000 * SECOND;
        let passed = (0..10).filter(|_| rate.take(&mut full_at, later).is_ok()).count();
        assert_eq!(passed, 3);
    }

    #[test]
    fn over_a_long_time_the_rate_passes_and_no_more() {
        for (rate, expected) in [
            (per_second(7), 7 * 1000 + 7),
            (per_second(1).burst(20), 1000 + 20),
            (Rate::new(100, Duration::from_secs(60)).unwrap(), 1666 + 100),
        ] {
            let (mut full_at, mut passed) = (0, 0_u64);
            // Asked every 10 ms for 1,000 s.
            for step in 0..100_000 {
                passed += u64::from(rate.take(&mut full_at, SECOND + step * SECOND / 100).is_ok());
            }
            assert!(passed.abs_diff(expected) <= 1, "{rate:?}: {passed}");
        }
    }

    #[test]
    fn no_rate_overflows() {
        let slowest = Rate::new(1, MAX_TIME).unwrap().burst(u32::MAX);
        let (mut full_at, now) = (0, u64::MAX / 4);
        for _ in 0..MAX_COUNT {
            assert_eq!(slowest.take(&mut full_at, now), Ok(()));
        }
        assert_eq!(slowest.take(&mut full_at, now), Err(3600 * SECOND));
        assert_eq!(per_second(1).take(&mut { 0 }, u64::MAX), Ok(()));
        for (count, time) in [(0, 1), (1, 3601), (MAX_COUNT + 1, 1), (1, 0)] {
            assert_eq!(Rate::new(count, Duration::from_secs(time)), None, "{count} in {time}");
        }
    }
}
