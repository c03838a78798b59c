//! `LineQueue`: log lines between the threads that log and the thread that writes.
//!
//! Invariant: `push` waits for no output, and the queue holds whole lines of at most `CAPACITY` bytes.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many bytes of lines may wait for the writer: 1 MB. The writer holds as many again.
pub(super) const CAPACITY: usize = 1 << 20;
/// The writer takes so many bytes at once, 64 KB, without waiting for more.
pub(super) const BATCH: usize = 64 * 1024;
/// How long the first line of a batch waits for others.
const LINGER: Duration = Duration::from_millis(5);
/// A flush ends if nothing was written for this time.
const STALL: Duration = Duration::from_secs(1);
/// How often a failed write is repeated during a flush, and how many failures end it.
const RETRY_IN_FLUSH: Duration = Duration::from_millis(20);
const FLUSH_FAILURES: u64 = 3;

/// What the writer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum WriterState {
    #[default]
    Busy,
    /// Waits for the first line.
    Idle,
    /// Waits for more lines, for [`LINGER`] at most.
    Lingering,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    writer: WriterState,
    /// Bytes that have been written since the start, and writes that have failed.
    written: u64,
    failures: u64,
    reopen: bool,
    flushing: bool,
}

#[derive(Debug, Default)]
pub(super) struct LineQueue {
    state: Mutex<State>,
    /// Notifies the writer.
    work: Condvar,
    /// Notifies a flush.
    progress: Condvar,
    lost: AtomicU64,
}

impl LineQueue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a line, which ends with a line feed. Counts it as lost where the queue is full.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.lines.len() + line.len() > CAPACITY {
            self.add_lost(1);
            return;
        }
        state.lines.extend_from_slice(line);
        let is_awaited = match state.writer {
            WriterState::Idle => true,
            WriterState::Lingering => state.lines.len() >= BATCH,
            WriterState::Busy => false,
        };
        if is_awaited {
            state.writer = WriterState::Busy;
            drop(state);
            self.work.notify_one();
        }
    }

    pub(super) fn add_lost(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    /// How many lines were lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Asks the writer to open its output again.
    pub(super) fn request_reopen(&self) {
        self.lock().reopen = true;
        self.work.notify_one();
    }

    /// Returns true once for a request.
    pub(super) fn take_reopen(&self) -> bool {
        mem::take(&mut self.lock().reopen)
    }

    /// Waits for lines, for `limit` at most, and moves them to `batch`, which is empty. Moves none where none has come, and where the
    /// output is to be opened again.
    pub(super) fn take(&self, batch: &mut Vec<u8>, limit: Option<Duration>) {
        let mut state = self.lock();
        if state.lines.is_empty() {
            if state.reopen {
                return;
            }
            state.writer = WriterState::Idle;
            self.progress.notify_all();
            state = self.wait(state, limit);
            if state.lines.is_empty() {
                // A flush may see `Idle` until a line comes: nothing is left to write.
                return;
            }
        }
        if state.lines.len() < BATCH && !state.flushing {
            state.writer = WriterState::Lingering;
            state = self.wait(state, Some(LINGER));
        }
        state.writer = WriterState::Busy;
        mem::swap(&mut state.lines, batch);
    }

    pub(super) fn is_flushing(&self) -> bool {
        self.lock().flushing
    }

    /// Notes a write that has failed, or that would block. Waits until a retry is due, a flush begins, or the output is to be
    /// opened again.
    pub(super) fn wait_before_retry(&self, limit: Duration, failed: bool) {
        let mut state = self.lock();
        state.failures += u64::from(failed);
        if state.flushing {
            self.progress.notify_all();
        }
        if !state.reopen {
            let limit = if state.flushing { limit.min(RETRY_IN_FLUSH) } else { limit };
            drop(self.wait(state, Some(limit)));
        }
    }

    fn wait<'s>(&'s self, state: MutexGuard<'s, State>, limit: Option<Duration>) -> MutexGuard<'s, State> {
        match limit {
            Some(limit) => self.work.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0,
            None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }

    pub(super) fn note_written(&self, count: usize) {
        let mut state = self.lock();
        state.written += count as u64;
        if state.flushing {
            self.progress.notify_all();
        }
    }

    /// Waits until every line is written, for `limit` at most, and only as long as the output takes bytes. Returns false if
    /// lines are left.
    pub(super) fn flush(&self, limit: Duration) -> bool {
        let mut state = self.lock();
        let (started, failures) = (Instant::now(), state.failures);
        let (mut written, mut written_at) = (state.written, started);
        state.flushing = true;
        // The writer may have something to say before it is idle again.
        state.writer = WriterState::Busy;
        self.work.notify_one();
        let is_flushed = loop {
            let now = Instant::now();
            if state.written != written {
                (written, written_at) = (state.written, now);
            }
            let until_limit = limit.saturating_sub(now - started);
            let left = until_limit.min(STALL.saturating_sub(now - written_at));
            match state.writer {
                WriterState::Idle if state.lines.is_empty() => break true,
                _ if left.is_zero() || state.failures >= failures + FLUSH_FAILURES => break false,
                _ => {}
            }
            let waited = self.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        state.flushing = false;
        is_flushed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_does_not_fit_is_counted_and_not_queued_in_part() {
        let queue = LineQueue::default();
        queue.push(&[b'a'; CAPACITY - 1]);
        queue.push(b"b\n");
        queue.push(b"\n");
        let mut batch = Vec::new();
        queue.take(&mut batch, None);
        assert_eq!((batch.len(), batch.last(), queue.lost()), (CAPACITY, Some(&b'\n'), 1));
    }

    #[test]
    fn a_flush_of_an_output_that_fails_ends_after_a_few_failures() {
        let queue = LineQueue::default();
        queue.push(b"a\n");
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| queue.flush(Duration::MAX));
            while !flush.is_finished() {
                queue.wait_before_retry(Duration::from_millis(1), true);
            }
            assert!(!flush.join().unwrap());
        });
    }
}
