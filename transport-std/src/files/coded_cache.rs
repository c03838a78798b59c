//! [`CodedCache`]: compressed files in memory, by the version of the file.
//!
//! Invariant: the entries have no more bytes than the limit; a version is compressed for the cache once at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::stat::FileStat;
use crate::compress::Coding;

/// What an entry costs beside its bytes.
const OVERHEAD: usize = 256;

/// A version of a file in a coding. The digest is that of the tag: other content of the same times has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) stat: FileStat,
    pub(super) digest: u64,
    pub(super) coding: Coding,
}

/// What a file is in a coding: `None` if it is hardly shorter, and sent as it is.
pub(super) type Coded = Option<Arc<[u8]>>;

#[derive(Default)]
struct State {
    /// With the number of the last use.
    entries: HashMap<Key, (Coded, u64)>,
    /// The keys by their last use.
    order: BTreeMap<u64, Key>,
    bytes: usize,
    uses: u64,
    filling: Vec<Key>,
}

pub(super) struct CodedCache {
    /// In bytes.
    limit: usize,
    state: Mutex<State>,
}

impl CodedCache {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The longest entry, in bytes.
    pub(super) const fn longest(&self) -> usize {
        self.limit / 4
    }

    /// The file, if it is in the cache.
    pub(super) fn find(&self, key: &Key) -> Option<Coded> {
        let state = &mut *self.lock();
        let (coded, last_use) = state.entries.get_mut(key)?;
        state.uses += 1;
        state.order.remove(last_use);
        state.order.insert(state.uses, *key);
        *last_use = state.uses;
        Some(coded.clone())
    }

    /// Begins to fill in an entry; `None` if that is under way.
    pub(super) fn begin(&self, key: Key) -> Option<Filling<'_>> {
        let mut state = self.lock();
        if state.filling.contains(&key) {
            return None;
        }
        state.filling.push(key);
        Some(Filling { cache: self, key })
    }
}

/// An entry that is being filled in. Others may begin when it is dropped.
pub(super) struct Filling<'c> {
    cache: &'c CodedCache,
    key: Key,
}

impl Filling<'_> {
    /// Fills in the entry. Those that have not been used for longest make way.
    pub(super) fn put(self, coded: Coded) {
        let length = coded.as_ref().map_or(0, |coded| coded.len());
        if length > self.cache.longest() {
            return;
        }
        let state = &mut *self.cache.lock();
        state.remove(&self.key);
        while state.bytes + length + OVERHEAD > self.cache.limit {
            let Some((_, oldest)) = state.order.first_key_value() else { return };
            let oldest = *oldest;
            state.remove(&oldest);
        }
        state.uses += 1;
        state.bytes += length + OVERHEAD;
        state.order.insert(state.uses, self.key);
        state.entries.insert(self.key, (coded, state.uses));
    }
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        self.cache.lock().filling.retain(|key| *key != self.key);
    }
}

impl State {
    fn remove(&mut self, key: &Key) {
        if let Some((coded, last_use)) = self.entries.remove(key) {
            self.order.remove(&last_use);
            self.bytes -= coded.map_or(0, |coded| coded.len()) + OVERHEAD;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::stat::Time;

    fn key(inode: u64) -> Key {
        let (changed, modified) = (Time::default(), Time::default());
        let stat = FileStat { device: 0, inode, size: 1, changed, modified };
        Key { stat, digest: 0, coding: Coding::Gzip }
    }

    fn put(cache: &CodedCache, inode: u64, length: usize) {
        cache.begin(key(inode)).unwrap().put(Some(vec![0; length].into()));
    }

    #[test]
    fn the_entry_that_was_not_used_for_longest_makes_way() {
        let cache = CodedCache::new(4 * (1000 + OVERHEAD));
        (1..=4).for_each(|inode| put(&cache, inode, 1000));
        assert!(cache.find(&key(1)).is_some());
        put(&cache, 5, 1000);
        let found: Vec<_> = (1..=5).filter(|inode| cache.find(&key(*inode)).is_some()).collect();
        assert_eq!(found, [1, 3, 4, 5]);
        put(&cache, 6, cache.longest() + 1);
        assert!(cache.find(&key(6)).is_none() && cache.find(&key(5)).is_some());
    }

    #[test]
    fn the_bytes_stay_below_the_limit_and_are_those_of_the_entries() {
        let cache = CodedCache::new(10_000);
        for number in 0..1000 {
            put(&cache, number % 17, (number * 37 % 2400) as usize);
            let state = cache.lock();
            let bytes: usize =
                state.entries.values().map(|(coded, _)| coded.as_ref().unwrap().len() + OVERHEAD).sum();
            assert!(bytes == state.bytes && bytes <= 10_000, "{bytes}");
            assert_eq!(state.entries.len(), state.order.len());
        }
        let nothing = CodedCache::new(0);
        put(&nothing, 1, 0);
        assert!(nothing.find(&key(1)).is_none());
    }

    #[test]
    fn an_entry_is_filled_in_once_at_a_time() {
        let cache = CodedCache::new(10_000);
        let first = cache.begin(key(1));
        assert!(first.is_some() && cache.begin(key(1)).is_none() && cache.begin(key(2)).is_some());
        drop(first);
        assert!(cache.begin(key(1)).is_some());
    }
}
