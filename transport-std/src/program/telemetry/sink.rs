//! `Sink`: a file, stderr or stdout, for lines of threads that must not wait for it.
//!
//! Invariant: a line is written whole, or it is counted as lost; no method but `flush` waits for the output.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io, thread};

use super::log_writer::LogWriter;
use super::output::Output;
use super::queue::LineQueue;

/// The stack of a writer: 128 KB.
const STACK_SIZE: usize = 128 * 1024;

/// The queue of an output. Its writer is a thread that ends with the process; nothing joins it.
#[derive(Clone)]
pub(crate) struct Sink {
    queue: Arc<LineQueue>,
    /// Until it has started.
    writer: Arc<Mutex<Option<LogWriter>>>,
}

impl Sink {
    /// The log on stderr.
    ///
    /// # Errors
    /// The system's, for want of a signal handler.
    pub(crate) fn stderr() -> io::Result<Self> {
        Self::new("the log", Output::stderr())
    }

    /// The access log in a file, to which it is appended.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::new("the access log", Output::open(path)?)
    }

    fn new(name: &'static str, output: Output) -> io::Result<Self> {
        // A file at the limit of its length (RLIMIT_FSIZE) is an error of its write: by default this signal ends the process.
        #[cfg(unix)]
        signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), Arc::default())?;
        let queue = Arc::new(LineQueue::default());
        let writer = LogWriter::new(name, Arc::clone(&queue), output);
        Ok(Self { queue, writer: Arc::new(Mutex::new(Some(writer))) })
    }

    /// Starts the writer, if it has not started. Until then lines are queued.
    ///
    /// # Errors
    /// The system's, for want of a thread.
    pub(crate) fn start(&self) -> io::Result<()> {
        let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(());
        };
        let thread = thread::Builder::new().name("bantam-log".into()).stack_size(STACK_SIZE);
        thread.spawn(|| writer.run()).map(drop)
    }

    /// Queues a line, which ends with a line feed; counts it as lost where the queue is full.
    pub(crate) fn push(&self, line: &[u8]) {
        self.queue.push(line);
    }

    /// How many lines were lost since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.queue.lost()
    }

    /// Makes the writer open its path again, after the file was renamed. Returns at once.
    pub(crate) fn reopen(&self) {
        self.queue.request_reopen();
    }

    /// Waits until every line is written, for `limit` at most, and no longer than a second in which none is. Returns false if
    /// lines are left.
    pub(crate) fn flush(&self, limit: Duration) -> bool {
        self.queue.flush(limit)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").finish_non_exhaustive()
    }
}
