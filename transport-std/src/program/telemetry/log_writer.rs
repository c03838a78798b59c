//! `LogWriter`: the thread that writes the lines of a queue, many with one call.
//!
//! Invariant: no other thread waits for this one, but a flush, which has a limit.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::warn;

use super::output::{Output, is_passing};
use super::queue::{BATCH, LineQueue};

/// How long the writer waits after a write that failed: the time doubles with each failure in turn.
const FIRST_RETRY: Duration = Duration::from_millis(10);
const LAST_RETRY: Duration = Duration::from_secs(1);
/// How often lost lines are said.
const LOST_INTERVAL: Duration = Duration::from_secs(5);
/// How often it is said that the output fails.
const ERROR_INTERVAL: Duration = Duration::from_secs(60);

pub(super) struct LogWriter {
    /// The output in messages.
    name: &'static str,
    queue: Arc<LineQueue>,
    output: Output,
    /// Lines that have been taken, and how many bytes of them are written.
    batch: Vec<u8>,
    written: usize,
    retry: Duration,
    /// How many lost lines have been said, and when the last ones were.
    said_lost: u64,
    lost_said_at: Option<Instant>,
    error_said_at: Option<Instant>,
}

impl LogWriter {
    pub(super) fn new(name: &'static str, queue: Arc<LineQueue>, output: Output) -> Self {
        Self {
            name,
            queue,
            output,
            batch: Vec::new(),
            written: 0,
            retry: FIRST_RETRY,
            said_lost: 0,
            lost_said_at: None,
            error_said_at: None,
        }
    }

    /// Writes until the process ends.
    pub(super) fn run(mut self) -> ! {
        loop {
            if self.queue.take_reopen() {
                self.reopen();
            }
            if self.written < self.batch.len() {
                self.write();
                continue;
            }
            self.batch.clear();
            // A burst does not keep its memory.
            self.batch.shrink_to(BATCH);
            self.written = 0;
            let limit = self.say_lost();
            self.queue.take(&mut self.batch, limit);
        }
    }

    fn write(&mut self) {
        match self.output.write(&self.batch[self.written..]) {
            Ok(count) => {
                self.written += count;
                self.retry = FIRST_RETRY;
                self.queue.note_written(count);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                let failed = !is_passing(&error);
                if failed && self.output.has_path() && is_due(self.error_said_at, ERROR_INTERVAL) {
                    self.error_said_at = Some(Instant::now());
                    warn!("cannot write {}: {error}", self.name);
                }
                // The log itself can say it only after the lines that it does not take.
                if self.output.has_path() {
                    self.say_lost();
                }
                self.queue.wait_before_retry(self.retry, failed);
                self.retry = LAST_RETRY.min(self.retry * 2);
            }
        }
    }

    /// Opens the output again. The new one does not begin with the rest of a line that the old one has begun.
    fn reopen(&mut self) {
        match self.output.reopen() {
            Ok(()) if self.batch[..self.written].last().is_some_and(|byte| *byte != b'\n') => {
                let rest = self.batch[self.written..].iter();
                self.written += rest.take_while(|byte| **byte != b'\n').count() + 1;
                self.queue.add_lost(1);
            }
            Ok(()) => {}
            Err(error) => warn!("cannot reopen {}: {error}", self.name),
        }
        self.retry = FIRST_RETRY;
    }

    /// Says how many lines were lost since the last time. Returns when to call it again; `None` for after the next lines.
    fn say_lost(&mut self) -> Option<Duration> {
        let lost = self.queue.lost();
        if lost == self.said_lost {
            return None;
        }
        if let Some(said_at) = self.lost_said_at
            && !is_due(self.lost_said_at, LOST_INTERVAL)
            && !self.queue.is_flushing()
        {
            return Some(LOST_INTERVAL.saturating_sub(said_at.elapsed()));
        }
        self.lost_said_at = Some(Instant::now());
        warn!("{} lines of {} were lost: it was not written in time", lost - self.said_lost, self.name);
        self.said_lost = lost;
        None
    }
}

fn is_due(said_at: Option<Instant>, interval: Duration) -> bool {
    said_at.is_none_or(|at| at.elapsed() >= interval)
}
