//! Law: a deadline that moves on costs nothing; whoever is rung for looks at his deadline himself and asks to be rung again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// A moment: milliseconds since the worker began.
pub(super) type Tick = u64;

/// No moment at all.
pub(super) const NEVER: Tick = Tick::MAX;

/// The moment at this age of the worker, rounded down.
pub(super) fn tick(age: Duration) -> Tick {
    Tick::try_from(age.as_millis()).unwrap_or(NEVER)
}

/// The first moment at which a wait of this length is over.
pub(super) fn after(age: Duration, wait: Duration) -> Tick {
    let over = age.saturating_add(wait);
    if over == Duration::MAX { NEVER } else { tick(over).saturating_add(1) }
}

/// Who is to be rung for, and when. Each has one bell that counts, and keeps it when another takes his number: those who come
/// and go all day hang no more bells than there are numbers.
#[derive(Debug, Default)]
pub(super) struct Timers {
    bells: BinaryHeap<Reverse<(Tick, u32)>>,
    /// When the bell of each rings.
    armed: Vec<Tick>,
}

impl Timers {
    /// Rings for `who` no later than at `deadline`.
    pub(super) fn arm(&mut self, who: u32, deadline: Tick) {
        let number = who as usize;
        if number >= self.armed.len() {
            self.armed.resize(number + 1, NEVER);
        }
        if let Some(armed) = self.armed.get_mut(number).filter(|armed| deadline < **armed) {
            *armed = deadline;
            self.bells.push(Reverse((deadline, who)));
        }
    }

    /// Whose bell has rung by now.
    pub(super) fn rung(&mut self, now: Tick) -> Option<u32> {
        loop {
            let Reverse((at, _)) = *self.bells.peek()?;
            if at > now {
                return None;
            }
            let Reverse((_, who)) = self.bells.pop()?;
            if let Some(armed) = self.armed.get_mut(who as usize).filter(|armed| **armed == at) {
                *armed = NEVER;
                return Some(who);
            }
        }
    }

    /// How long it is until the next bell.
    pub(super) fn quiet(&self, age: Duration) -> Option<Duration> {
        let Reverse((at, _)) = self.bells.peek()?;
        Some(Duration::from_millis(*at).saturating_sub(age))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bells_ring_in_their_order_and_not_before_their_time() {
        let mut timers = Timers::default();
        for (who, deadline) in [(0, 30), (1, 10), (2, 20)] {
            timers.arm(who, deadline);
        }
        assert_eq!(timers.rung(9), None);
        assert_eq!([timers.rung(25), timers.rung(25), timers.rung(25)], [Some(1), Some(2), None]);
        assert_eq!((timers.rung(30), timers.quiet(Duration::ZERO)), (Some(0), None));
    }

    #[test]
    fn a_deadline_that_moves_on_hangs_no_second_bell() {
        let mut timers = Timers::default();
        for deadline in 10..1000 {
            timers.arm(0, deadline);
        }
        assert_eq!(timers.bells.len(), 1);
        assert_eq!((timers.rung(9), timers.rung(10), timers.rung(2000)), (None, Some(0), None));
    }

    #[test]
    fn an_earlier_deadline_rings_earlier_and_once() {
        let mut timers = Timers::default();
        timers.arm(0, 20);
        timers.arm(0, 5);
        assert_eq!((timers.rung(5), timers.rung(100)), (Some(0), None));
        timers.arm(0, 200);
        assert_eq!((timers.rung(199), timers.rung(200)), (None, Some(0)));
    }

    #[test]
    fn a_wait_is_never_cut_short() {
        let age = Duration::from_micros(1900);
        assert_eq!((tick(age), after(age, Duration::from_millis(1))), (1, 3));
        assert_eq!(after(age, Duration::MAX), NEVER);
    }
}
