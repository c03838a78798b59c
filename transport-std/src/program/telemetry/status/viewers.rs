//! `Viewers`: the streams of events that are open.
//!
//! Invariant: there are at most [`MAX_VIEWERS`].

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many streams of events are served at a time: the server of --metrics has room for others beside.
const MAX_VIEWERS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Viewers(AtomicUsize);

/// Counts one stream until it is dropped.
pub(super) struct Viewer<'v>(&'v Viewers);

impl Viewers {
    /// `None` if there are too many.
    pub(super) fn enter(&self) -> Option<Viewer<'_>> {
        let next = |count| (count < MAX_VIEWERS).then_some(count + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        Some(Viewer(self))
    }
}

impl Drop for Viewer<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_viewers_are_let_in_and_a_place_is_free_again() {
        let viewers = Viewers::default();
        let mut all: Vec<_> = std::iter::from_fn(|| viewers.enter()).take(MAX_VIEWERS + 1).collect();
        assert_eq!(all.len(), MAX_VIEWERS);
        all.pop();
        assert!(viewers.enter().is_some());
    }
}
