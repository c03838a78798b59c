//! What the listings and archives of a `ServeDir` share: the memory for sorting, and the processor.
//!
//! Invariant: however many listings are in progress, at most [`MAX_OPEN`] of them read a directory, at most [`MAX_SORTS`] sort
//! more than a few entries, at most one for each processor runs, and together they read one turn's worth of entries before
//! each lets others run.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bantam::Connection;

use crate::yield_now::yield_now;

/// How many archives are made at the same time, each with 300 KB of memory.
#[cfg(feature = "archive")]
const MAX_ARCHIVES: usize = 4;
/// How many listings hold a large number of sorted entries at the same time.
const MAX_SORTS: usize = 8;
/// How many directories are open for reading at the same time, each with a buffer of up to 48 KB.
const MAX_OPEN: usize = 64;
/// How long a listing waits to open its directory. Then it is refused.
const MAX_OPEN_WAIT: Duration = Duration::from_secs(5);
/// How many entries all listings together read or write before each yields.
const TURN: usize = 256;
/// What a turn takes, about; a listing that waits for another's end tries again after so long for each in progress.
const TURN_TIME: Duration = Duration::from_micros(500);
/// The longest time after which it tries again.
const MAX_WAIT: Duration = Duration::from_millis(100);
/// How long a listing waits for a large sort. Then it is sent in the order of the disk.
const MAX_SORT_WAIT: Duration = Duration::from_secs(1);
/// How many listings run at the same time. More threads than processors would only take turns with everything else.
static MAX_RUNNING: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));

/// Counts of listings. A count is given back when its guard is dropped.
#[derive(Debug, Default)]
pub(super) struct ListingLoad {
    in_progress: AtomicUsize,
    running: AtomicUsize,
    open: AtomicUsize,
    sorts: AtomicUsize,
    #[cfg(feature = "archive")]
    archives: AtomicUsize,
}

impl ListingLoad {
    /// Counts a listing in.
    pub(super) fn begin(&self) -> Turn<'_> {
        self.in_progress.fetch_add(1, Ordering::Relaxed);
        Turn { load: self, steps: 0, permit: None }
    }

    /// The permit of an archive; `None` if as many as may are being made.
    #[cfg(feature = "archive")]
    pub(super) fn archive_permit(&self) -> Option<Permit<'_>> {
        Permit::acquire(&self.archives, MAX_ARCHIVES)
    }

    fn retry_after(&self) -> Duration {
        let others = u32::try_from(self.in_progress.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        TURN_TIME.saturating_mul(others).min(MAX_WAIT)
    }
}

/// A listing in progress, and its steps since it last yielded.
#[derive(Debug)]
pub(super) struct Turn<'l> {
    load: &'l ListingLoad,
    steps: usize,
    /// Held while the listing runs, and not while it waits for the client.
    permit: Option<Permit<'l>>,
}

impl<'l> Turn<'l> {
    /// Counts an entry. Yields to the other connections of the worker when this listing's share of the turn is used up, and
    /// waits while too many others run.
    ///
    /// # Errors
    /// What the stream fails with: what has been written is flushed before a wait.
    pub(super) async fn step<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        while self.permit.is_none() {
            self.permit = Permit::acquire(&self.load.running, *MAX_RUNNING);
            if self.permit.is_none() {
                // Nothing could wake a thread that serves one connection: it looks again.
                connection.pause(self.load.retry_after()).await?;
            }
        }
        if self.count() {
            self.rest();
            yield_now().await;
        }
        Ok(())
    }

    /// Waits for the permit of an open directory; `None` if clients that do not read hold all of them for too long.
    ///
    /// # Errors
    /// What the stream fails with.
    pub(super) async fn open_permit<C: Connection>(
        &mut self,
        connection: &mut C,
    ) -> Result<Option<Permit<'l>>, C::Error> {
        self.wait_for(&self.load.open, MAX_OPEN, MAX_OPEN_WAIT, connection).await
    }

    /// Waits for the permit of a large sort, likewise.
    ///
    /// # Errors
    /// What the stream fails with.
    pub(super) async fn sort_permit<C: Connection>(
        &mut self,
        connection: &mut C,
    ) -> Result<Option<Permit<'l>>, C::Error> {
        self.wait_for(&self.load.sorts, MAX_SORTS, MAX_SORT_WAIT, connection).await
    }

    async fn wait_for<C: Connection>(
        &mut self,
        count: &'l AtomicUsize,
        limit: usize,
        wait: Duration,
        connection: &mut C,
    ) -> Result<Option<Permit<'l>>, C::Error> {
        let start = Instant::now();
        loop {
            let permit = Permit::acquire(count, limit);
            if permit.is_some() || start.elapsed() > wait {
                return Ok(permit);
            }
            self.rest();
            connection.pause(self.load.retry_after()).await?;
        }
    }

    /// Lets other listings and other connections run.
    #[cfg(feature = "archive")]
    pub(super) async fn pass(&mut self) {
        self.rest();
        yield_now().await;
    }

    /// Lets another listing run until the next step. To be called before a wait for the client.
    pub(super) fn rest(&mut self) {
        self.permit = None;
    }

    /// Returns true if the share is used up.
    fn count(&mut self) -> bool {
        self.steps += 1;
        let is_over = self.steps * self.load.in_progress.load(Ordering::Relaxed) >= TURN;
        if is_over {
            self.steps = 0;
        }
        is_over
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.load.in_progress.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One of a limited number.
#[derive(Debug)]
pub(super) struct Permit<'l>(&'l AtomicUsize);

impl<'l> Permit<'l> {
    pub(super) fn acquire(count: &'l AtomicUsize, limit: usize) -> Option<Self> {
        let free = |held| (held < limit).then_some(held + 1);
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        Some(Self(count))
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps until the share of the turn is used up.
    fn steps(turn: &mut Turn<'_>) -> usize {
        (1..).find(|_| turn.count()).unwrap_or_default()
    }

    #[test]
    fn the_listings_in_progress_share_a_turn() {
        let load = ListingLoad::default();
        let mut turn = load.begin();
        assert_eq!(steps(&mut turn), TURN);
        let mut others: Vec<_> = (1..16).map(|_| load.begin()).collect();
        let all: usize = others.iter_mut().chain([&mut turn]).map(steps).sum();
        assert_eq!(all, TURN);
        others.extend((0..TURN * 2).map(|_| load.begin()));
        assert_eq!(steps(&mut turn), 1, "each makes progress");
        drop(others);
        assert_eq!(steps(&mut turn), TURN);
    }

    #[test]
    fn a_listing_runs_until_it_rests_or_ends() {
        let load = ListingLoad::default();
        let mut running: Vec<_> = (0..*MAX_RUNNING).map(|_| load.begin()).collect();
        for turn in &mut running {
            turn.permit = Permit::acquire(&load.running, *MAX_RUNNING);
        }
        let acquire = || Permit::acquire(&load.running, *MAX_RUNNING);
        assert!(running.iter().all(|turn| turn.permit.is_some()) && acquire().is_none());
        running[0].rest();
        assert!(acquire().is_some());
        running.clear();
        let counts = [&load.running, &load.in_progress].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, [0, 0]);
    }

    #[test]
    fn a_permit_is_counted_until_it_is_dropped() {
        let load = ListingLoad::default();
        let mut held: Vec<_> = std::iter::from_fn(|| Permit::acquire(&load.sorts, MAX_SORTS)).collect();
        assert_eq!(held.len(), MAX_SORTS);
        held.pop();
        assert!(Permit::acquire(&load.sorts, MAX_SORTS).is_some());
    }
}
