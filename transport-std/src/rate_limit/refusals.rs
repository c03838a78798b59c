//! The refusals of requests beyond a rate: one for each value of `Retry-After`, because the fields of a refusal are static.

use bantam::Refusal;
use bantam::wire::Status;

const NANOS: u64 = 1_000_000_000;

macro_rules! refusals {
    ($($seconds:literal)*) => {
        /// By the seconds to wait: each second of a minute, then each minute of an hour.
        static REFUSALS: &[(u64, Refusal)] = &[$((
            $seconds,
            Refusal::new(Status::TOO_MANY_REQUESTS)
                .reason("Too many requests; try again later.")
                .fields(&[("Retry-After", stringify!($seconds))]),
        ),)*];
    };
}

refusals! {
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36
    37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60
    120 180 240 300 360 420 480 540 600 660 720 780 840 900 960 1020 1080 1140 1200 1260 1320 1380 1440
    1500 1560 1620 1680 1740 1800 1860 1920 1980 2040 2100 2160 2220 2280 2340 2400 2460 2520 2580 2640
    2700 2760 2820 2880 2940 3000 3060 3120 3180 3240 3300 3360 3420 3480 3540 3600
}

/// The refusal of a request that may come again in so many nanoseconds, rounded up: to a second, or beyond a minute to a minute.
pub(super) fn refusal(wait: u64) -> &'static Refusal {
    let index = REFUSALS.partition_point(|(seconds, _)| seconds.saturating_mul(NANOS) < wait);
    // No rate has a longer wait than an hour.
    let (_, refusal) = REFUSALS.get(index).or(REFUSALS.last()).unwrap_or(&FALLBACK);
    refusal
}

static FALLBACK: (u64, Refusal) = (0, Refusal::new(Status::TOO_MANY_REQUESTS));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up() {
        for (wait, seconds) in [
            (1, "1"),
            (NANOS, "1"),
            (NANOS + 1, "2"),
            (60 * NANOS, "60"),
            (60 * NANOS + 1, "120"),
            (3600 * NANOS, "3600"),
            (u64::MAX, "3600"),
        ] {
            assert_eq!(refusal(wait).fields, [("Retry-After", seconds)], "{wait}");
        }
        assert!(REFUSALS.is_sorted_by_key(|(seconds, _)| seconds) && REFUSALS.len() == 119);
    }
}
