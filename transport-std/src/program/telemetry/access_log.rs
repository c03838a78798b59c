//! `AccessLog`: a line for each response, to a file or to stderr.
//!
//! Invariant: a response does not wait for its line, and a line costs no allocation.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use bantam_std::{AccessRecord, LogLine};
use clap::ValueEnum;

use super::json::JsonRecord;
use super::sink::Sink;

/// The capacity that the line of a thread keeps: 4 KB.
const KEPT_CAPACITY: usize = 4096;

thread_local! {
    /// The line that this thread formats.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The format of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Common Log Format
    #[default]
    Common,
    /// Combined Log Format: Common with Referer and User-Agent
    Combined,
    /// One JSON object per line
    Json,
}

#[derive(Debug)]
pub(crate) struct AccessLog {
    format: Format,
    pub(crate) sink: Sink,
    /// SIGHUP opens it anew.
    pub(crate) is_file: bool,
}

impl AccessLog {
    /// Opens the file to append to it; `None` selects `stderr`.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(format: Format, path: Option<&Path>, stderr: &Sink) -> Result<Self, String> {
        let sink = match path {
            Some(path) => {
                Sink::open(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?
            }
            None => stderr.clone(),
        };
        Ok(Self { format, sink, is_file: path.is_some() })
    }

    /// Opens the path again, after the file was renamed. If that fails, the log goes on to the old file.
    pub(crate) fn reopen(&self) {
        if self.is_file {
            self.sink.reopen();
        }
    }

    /// Returns true if the lines have [`AccessRecord::duration`].
    pub(crate) fn needs_duration(&self) -> bool {
        self.format == Format::Json
    }

    pub(crate) fn write(&self, access: &AccessRecord<'_>) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            let formatted = match self.format {
                Format::Common => writeln!(line, "{}", LogLine(access)),
                Format::Combined => writeln!(line, "{:#}", LogLine(access)),
                Format::Json => JsonRecord::new(access, SystemTime::now()).write(line),
            };
            // Writing to memory does not fail.
            if formatted.is_ok() {
                self.sink.push(line);
            }
            line.shrink_to(KEPT_CAPACITY);
        });
    }
}
