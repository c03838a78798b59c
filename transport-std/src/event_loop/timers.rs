//! Deadlines of a worker's connections, in a heap with one valid entry for each.
//! Invariant: a later deadline adds no entry. The caller compares an expired key with its deadline and arms it again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Milliseconds since the worker started.
pub(super) type Tick = u64;

/// No deadline.
pub(super) const NEVER: Tick = Tick::MAX;

/// The tick after this time, rounded down.
pub(super) fn tick(elapsed: Duration) -> Tick {
    Tick::try_from(elapsed.as_millis()).unwrap_or(NEVER)
}

/// The first tick at which a wait of this length is over.
pub(super) fn deadline_after(elapsed: Duration, wait: Duration) -> Tick {
    let end = elapsed.saturating_add(wait);
    if end == Duration::MAX { NEVER } else { tick(end).saturating_add(1) }
}

/// When a connection has its greatest age: in tenths of a second since the worker started, which is half the size of a [`Tick`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expiry(u32);

impl Expiry {
    /// The first tenth of a second at which this age is over.
    pub(super) fn after(elapsed: Duration, age: Duration) -> Self {
        let tenths = elapsed.saturating_add(age).as_millis().div_ceil(100);
        Self(u32::try_from(tenths).unwrap_or(u32::MAX))
    }

    /// The earlier one of this and another deadline.
    pub(super) fn before(self, deadline: Tick) -> Tick {
        if self.0 == u32::MAX { deadline } else { deadline.min(Tick::from(self.0) * 100) }
    }

    pub(super) fn is_over(self, elapsed: Duration) -> bool {
        self.before(NEVER) <= tick(elapsed)
    }
}

/// Keys by expiry. A key keeps its entry when another connection takes the key over, so that the heap has no more valid
/// entries than there are keys.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Tick, u32)>>,
    /// The valid entry of each key.
    armed: Vec<Tick>,
}

impl Timers {
    /// Makes `key` expire at `deadline` or earlier.
    pub(super) fn arm(&mut self, key: u32, deadline: Tick) {
        let index = key as usize;
        if index >= self.armed.len() {
            self.armed.resize(index + 1, NEVER);
        }
        if let Some(armed) = self.armed.get_mut(index).filter(|armed| deadline < **armed) {
            *armed = deadline;
            self.heap.push(Reverse((deadline, key)));
        }
    }

    /// Takes a key that has expired.
    pub(super) fn pop_expired(&mut self, now: Tick) -> Option<u32> {
        loop {
            let Reverse((at, _)) = *self.heap.peek()?;
            if at > now {
                return None;
            }
            let Reverse((_, key)) = self.heap.pop()?;
            if let Some(armed) = self.armed.get_mut(key as usize).filter(|armed| **armed == at) {
                *armed = NEVER;
                return Some(key);
            }
        }
    }

    /// How long it is until the next entry expires.
    pub(super) fn next_timeout(&self, elapsed: Duration) -> Option<Duration> {
        let Reverse((at, _)) = self.heap.peek()?;
        Some(Duration::from_millis(*at).saturating_sub(elapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pop(timers: &mut Timers, now: [Tick; 3]) -> [Option<u32>; 3] {
        now.map(|now| timers.pop_expired(now))
    }

    #[test]
    fn an_age_is_over_within_a_tenth_of_a_second_and_not_early() {
        let (start, age) = (Duration::from_millis(12_345), Duration::from_millis(1_000));
        let expiry = Expiry::after(start, age);
        assert!(!expiry.is_over(start + age - Duration::from_millis(1)));
        assert!(expiry.is_over(start + age + Duration::from_millis(100)));
        assert_eq!((expiry.before(NEVER), expiry.before(7)), (13_400, 7));
        let never = Expiry::after(start, Duration::MAX);
        assert!(!never.is_over(Duration::from_secs(1 << 40)));
        assert_eq!((never.before(NEVER), never.before(7)), (NEVER, 7));
    }

    #[test]
    fn keys_expire_in_order_and_not_early() {
        let mut timers = Timers::default();
        for (key, deadline) in [(0, 30), (1, 10), (2, 20)] {
            timers.arm(key, deadline);
        }
        assert_eq!(timers.pop_expired(9), None);
        assert_eq!(pop(&mut timers, [25, 25, 25]), [Some(1), Some(2), None]);
        assert_eq!((timers.pop_expired(30), timers.next_timeout(Duration::ZERO)), (Some(0), None));
    }

    #[test]
    fn a_later_deadline_adds_no_entry() {
        let mut timers = Timers::default();
        for deadline in 10..1000 {
            timers.arm(0, deadline);
        }
        assert_eq!(timers.heap.len(), 1);
        assert_eq!(pop(&mut timers, [9, 10, 2000]), [None, Some(0), None]);
    }

    #[test]
    fn an_earlier_deadline_expires_earlier_and_once() {
        let mut timers = Timers::default();
        timers.arm(0, 20);
        timers.arm(0, 5);
        assert_eq!((timers.pop_expired(5), timers.pop_expired(100)), (Some(0), None));
        timers.arm(0, 200);
        assert_eq!((timers.pop_expired(199), timers.pop_expired(200)), (None, Some(0)));
    }

    #[test]
    fn a_wait_is_never_cut_short() {
        let elapsed = Duration::from_micros(1900);
        assert_eq!((tick(elapsed), deadline_after(elapsed, Duration::from_millis(1))), (1, 3));
        assert_eq!(deadline_after(elapsed, Duration::MAX), NEVER);
    }
}
