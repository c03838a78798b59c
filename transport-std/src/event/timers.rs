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

/// Who is to be rung for, and when. Each has at most one bell that counts: the one he remembers.
#[derive(Debug, Default)]
pub(super) struct Timers {
    bells: BinaryHeap<Reverse<(Tick, u32)>>,
}

impl Timers {
    /// Rings for `who` no later than at `deadline`. `armed`: when his bell rings, which he remembers.
    pub(super) fn arm(&mut self, who: u32, deadline: Tick, armed: &mut Tick) {
        if deadline < *armed {
            *armed = deadline;
            self.bells.push(Reverse((deadline, who)));
        }
    }

    /// Whose bell has rung by now, and which one that was.
    pub(super) fn rung(&mut self, now: Tick) -> Option<(Tick, u32)> {
        let Reverse((at, _)) = *self.bells.peek()?;
        if at > now {
            return None;
        }
        self.bells.pop().map(|Reverse(bell)| bell)
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
        let (mut timers, mut armed) = (Timers::default(), [NEVER; 3]);
        for (who, deadline) in [(0, 30), (1, 10), (2, 20)] {
            timers.arm(who, deadline, &mut armed[who as usize]);
        }
        assert_eq!(timers.rung(9), None);
        assert_eq!(timers.rung(25), Some((10, 1)));
        assert_eq!(timers.rung(25), Some((20, 2)));
        assert_eq!((timers.rung(25), timers.rung(30)), (None, Some((30, 0))));
    }

    #[test]
    fn a_deadline_that_moves_on_hangs_no_second_bell() {
        let (mut timers, mut armed) = (Timers::default(), NEVER);
        for deadline in 10..1000 {
            timers.arm(0, deadline, &mut armed);
        }
        assert_eq!((timers.bells.len(), armed), (1, 10));
        timers.arm(0, 5, &mut armed);
        assert_eq!((timers.rung(100), armed), (Some((5, 0)), 5), "an earlier one does");
    }

    #[test]
    fn a_wait_is_never_cut_short() {
        let age = Duration::from_micros(1900);
        assert_eq!((tick(age), after(age, Duration::from_millis(1))), (1, 3));
        assert_eq!(after(age, Duration::MAX), NEVER);
    }
}
