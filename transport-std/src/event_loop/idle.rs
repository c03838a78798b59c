//! `IdleSearch`: finds a connection that makes way for a new one at the limit of connections.
//! Invariant: a search looks at `SAMPLE` connections at most, however many there are.

use slab::Slab;

use super::timers::Tick;

/// How many connections one search looks at.
const SAMPLE: usize = 64;

/// Where the next search begins.
#[derive(Debug, Default)]
pub(super) struct IdleSearch {
    next: usize,
}

impl IdleSearch {
    /// The key of the entry with the earliest deadline, which has been idle longest, among the next ones. `deadline` returns
    /// `None` for an entry that is not idle.
    pub(super) fn find<T>(
        &mut self,
        entries: &Slab<T>,
        deadline: impl Fn(&T) -> Option<Tick>,
    ) -> Option<usize> {
        let keys = entries.capacity();
        let sample = (0..keys.min(SAMPLE)).map(|offset| (self.next + offset) % keys);
        let idle = sample.filter_map(|key| Some((deadline(entries.get(key)?)?, key)));
        let found = idle.min().map(|(_, key)| key);
        self.next = (self.next + SAMPLE) % keys.max(1);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_that_has_been_idle_longest_is_found_among_the_next_ones() {
        let mut entries: Slab<Option<Tick>> = Slab::new();
        for deadline in [Some(30), None, Some(10), Some(20)] {
            entries.insert(deadline);
        }
        let mut search = IdleSearch::default();
        assert_eq!(search.find(&entries, |deadline| *deadline), Some(2));
        entries[2] = None;
        assert_eq!(search.find(&entries, |deadline| *deadline), Some(3));
        assert_eq!(search.find(&entries, |_| None), None);
        assert_eq!(search.find(&Slab::new(), |deadline: &Option<Tick>| *deadline), None);
    }

    #[test]
    fn every_connection_is_looked_at_in_turn() {
        let mut entries: Slab<Option<Tick>> = Slab::with_capacity(10 * SAMPLE);
        for key in 0..10 * SAMPLE {
            entries.insert((key == 9 * SAMPLE).then_some(1));
        }
        let mut search = IdleSearch::default();
        let searches = entries.capacity().div_ceil(SAMPLE) + 1;
        assert!((0..searches).any(|_| search.find(&entries, |deadline| *deadline).is_some()));
    }
}
