//! `AccessLog`: a line for each response, to a file or to stderr.
//!
//! Invariant: a response does not wait for its line, and a line costs no allocation.

use std::cell::RefCell;
use std::path::Path;

use bantam_std::{AccessRecord, LogFormat};
use clap::ValueEnum;

use super::sink::Sink;

/// The capacity that the line of a thread keeps: 4 KB.
const KEPT_CAPACITY: usize = 4096;

thread_local! {
    /// The line that this thread formats.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A value of --log-format: see [`LogFormat`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Common Log Format
    #[default]
    Common,
    /// Combined Log Format: Common with Referer and User-Agent
    Combined,
    /// One JSON object per line
    Json,
}

impl From<FormatArg> for LogFormat {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Common => Self::Common,
            FormatArg::Combined => Self::Combined,
            FormatArg::Json => Self::Json,
        }
    }
}

#[derive(Debug)]
pub(crate) struct AccessLog {
    format: LogFormat,
    pub(crate) sink: Sink,
    /// SIGHUP opens it anew.
    pub(crate) is_file: bool,
}

impl AccessLog {
    /// Opens the file to append to it; `None` selects `stderr`.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(format: FormatArg, path: Option<&Path>, stderr: &Sink) -> Result<Self, String> {
        let sink = match path {
            Some(path) => {
                Sink::open(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?
            }
            None => stderr.clone(),
        };
        Ok(Self { format: format.into(), sink, is_file: path.is_some() })
    }

    /// Opens the path again, after the file was renamed. If that fails, the log goes on to the old file.
    pub(crate) fn reopen(&self) {
        if self.is_file {
            self.sink.reopen();
        }
    }

    /// Returns true if the lines have [`AccessRecord::duration`].
    pub(crate) fn needs_duration(&self) -> bool {
        self.format.needs_duration()
    }

    pub(crate) fn write(&self, access: &AccessRecord<'_>) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            self.format.append(line, access);
            self.sink.push(line);
            if line.capacity() > KEPT_CAPACITY {
                line.shrink_to(KEPT_CAPACITY);
            }
        });
    }
}
