//! `RateTable`: the buckets of those that have used tokens, in memory of a fixed size.
//! Invariant: a look-up reads one row of [`WAYS`] buckets, whatever the table holds; a bucket that is full is forgotten first, and
//! one of those that lack the fewest tokens next.

use std::sync::{Mutex, PoisonError};

use super::rate::Rate;

/// How many buckets a row has.
const WAYS: usize = 8;
/// How many rows a table has: 65,536 buckets, in 1.1 MB.
const ROWS: usize = 8 * 1024;

/// The bucket of a key.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// A keyed hash: clients cannot choose a row, nor the key of another.
    key: u64,
    /// When it is full again, in nanoseconds of the caller's clock. Before, it lacks tokens.
    full_at: u64,
}

#[derive(Debug)]
pub(super) struct RateTable(Box<[Mutex<[Bucket; WAYS]>]>);

impl RateTable {
    pub(super) fn new() -> Self {
        Self::with_rows(ROWS)
    }

    fn with_rows(rows: usize) -> Self {
        Self((0..rows).map(|_| Mutex::default()).collect())
    }

    /// Takes a token of the bucket of a key, which is a hash. Locks one row, and blocks for no longer than such a call takes.
    ///
    /// # Errors
    /// How many nanoseconds it is until there is a token.
    pub(super) fn take(&self, key: u64, rate: Rate, now: u64) -> Result<(), u64> {
        // The key is compared whole: its row is any function of it.
        let index = usize::try_from(key % self.0.len() as u64).unwrap_or(0);
        let Some(row) = self.0.get(index) else { return Ok(()) };
        // Every statement leaves the row valid.
        let mut row = row.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = row.iter_mut().find(|bucket| bucket.key == key) {
            return rate.take(&mut known.full_at, now);
        }
        let Some(fullest) = row.iter_mut().min_by_key(|bucket| bucket.full_at) else { return Ok(()) };
        *fullest = Bucket { key, full_at: 0 };
        rate.take(&mut fullest.full_at, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn rate() -> Rate {
        Rate::new(2, Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn each_key_has_its_own_bucket() {
        let table = RateTable::new();
        for key in 1..1000 {
            let passed = (0..5).filter(|_| table.take(key, rate(), SECOND).is_ok()).count();
            assert_eq!(passed, 2, "{key}");
        }
        assert_eq!(table.take(7, rate(), SECOND), Err(SECOND / 2));
        assert_eq!(table.take(7, rate(), 2 * SECOND), Ok(()));
    }

    #[test]
    fn a_spread_of_keys_does_not_grow_the_table_and_frees_no_key_that_is_limited() {
        let table = RateTable::with_rows(2);
        let mut now = SECOND;
        while table.take(42, rate(), now).is_ok() {}
        // Each is new, and asks once: its bucket lacks less than that of the one which is limited.
        for key in 1000..200_000 {
            now += SECOND / 1_000_000;
            assert_eq!(table.take(key, rate(), now), Ok(()));
            assert!(table.take(42, rate(), now).is_err(), "{key}");
        }
        assert_eq!(size_of_val(&*table.0), 2 * size_of::<Mutex<[Bucket; WAYS]>>());
        // In 8,192 rows.
        assert!(ROWS * size_of::<Mutex<[Bucket; WAYS]>>() < 1_200_000);
    }

    #[test]
    fn threads_take_no_token_twice() {
        let table = RateTable::with_rows(1);
        let rate = rate().burst(1000);
        let passed = |_| (0..1000).filter(|_| table.take(9, rate, SECOND).is_ok()).count();
        let total: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|number| scope.spawn(move || passed(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(total, 1000);
    }
}
