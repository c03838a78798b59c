//! What the listings of a `ServeDir` share: the memory for sorting, and the processor time between two polls of a worker.
//!
//! Invariant: however many listings are in progress, at most [`MAX_SORTS`] of them sort more than a few entries, and together
//! they read one turn's worth of entries before each lets others run.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

/// How many listings hold a large number of sorted entries at the same time.
const MAX_SORTS: usize = 8;
/// How many entries all listings together read or write before each yields: about half a millisecond.
const TURN: usize = 256;

/// Counts of listings. A count is given back when its guard is dropped.
#[derive(Debug, Default)]
pub(super) struct ListingLoad {
    in_progress: AtomicUsize,
    sorts: AtomicUsize,
}

impl ListingLoad {
    /// Counts a listing in.
    pub(super) fn begin(&self) -> Turn<'_> {
        self.in_progress.fetch_add(1, Ordering::Relaxed);
        Turn { load: self, steps: 0 }
    }

    /// Counts a large sort in, unless too many are held. Does not wait.
    pub(super) fn try_sort(&self) -> Option<SortPermit<'_>> {
        let free = |count| (count < MAX_SORTS).then_some(count + 1);
        self.sorts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        Some(SortPermit(self))
    }
}

/// A listing in progress, and its steps since it last yielded.
#[derive(Debug)]
pub(super) struct Turn<'l> {
    load: &'l ListingLoad,
    steps: usize,
}

impl Turn<'_> {
    /// Counts an entry. Yields to the other connections of the worker when this listing's share of the turn is used up.
    pub(super) async fn step(&mut self) {
        self.steps += 1;
        if self.steps * self.load.in_progress.load(Ordering::Relaxed) >= TURN {
            self.steps = 0;
            yield_now().await;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.load.in_progress.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A large sort.
#[derive(Debug)]
pub(super) struct SortPermit<'l>(&'l ListingLoad);

impl Drop for SortPermit<'_> {
    fn drop(&mut self) {
        self.0.sorts.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Pending once, and woken at once. A thread that only polls goes on.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// Steps until the turn yields.
    fn steps(turn: &mut Turn<'_>) -> usize {
        let mut context = Context::from_waker(Waker::noop());
        (1..).find(|_| pin!(turn.step()).poll(&mut context).is_pending()).unwrap_or_default()
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
    fn a_sort_is_counted_until_it_is_dropped() {
        let load = ListingLoad::default();
        let mut held: Vec<_> = std::iter::from_fn(|| load.try_sort()).collect();
        assert_eq!(held.len(), MAX_SORTS);
        held.pop();
        assert!(load.try_sort().is_some());
    }
}
