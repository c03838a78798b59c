//! `LateWrites`: what a peer has taken when the deadline of a response is over.
//! Invariant: a peer that takes nothing is cut off at the deadline, and one that takes twice [`MAX_WRITE`] in the time never.

use bantam::{MAX_WRITE, Phase};

/// Counts the bytes that are written from the deadline on. A socket is reported writable when a third of its buffer is free. It
/// takes bytes before, so at the deadline a write is tried once more. Where a single byte is free, Linux takes as much as fits
/// a segment of 64 KB: so much is no progress of the peer.
#[derive(Debug, Default)]
pub(crate) struct LateWrites(Option<usize>);

impl LateWrites {
    /// The deadline is over: the next write is tried once more.
    pub(crate) fn begin(&mut self) {
        self.0.get_or_insert(0);
    }

    /// Counts what a write has taken.
    pub(crate) const fn add(&mut self, count: usize) {
        if let Some(late) = &mut self.0 {
            *late = late.saturating_add(count);
        }
    }

    /// A request begins.
    pub(crate) const fn enter(&mut self, phase: Phase) {
        if matches!(phase, Phase::Idle | Phase::Head) {
            self.0 = None;
        }
    }

    /// Returns true if a write may wait for the peer: before a deadline, or when the peer has taken enough in the time of the
    /// one before.
    pub(crate) fn may_wait(&mut self) -> bool {
        let may_wait = self.0.is_none_or(|late| late > MAX_WRITE);
        if may_wait {
            self.0 = None;
        }
        may_wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_than_the_system_takes_at_once_is_progress() {
        let mut late = LateWrites::default();
        late.add(2 * MAX_WRITE);
        assert!(late.may_wait(), "before the deadline");
        for (first, second, may_wait) in [(0, 0, false), (MAX_WRITE, 0, false), (MAX_WRITE, 1, true)] {
            late.begin();
            late.add(first);
            late.add(second);
            assert_eq!(late.may_wait(), may_wait, "{first} {second}");
        }
        late.begin();
        late.enter(Phase::Response);
        assert!(!late.may_wait());
        late.enter(Phase::Head);
        assert!(late.may_wait(), "the next request has a deadline of its own");
    }
}
