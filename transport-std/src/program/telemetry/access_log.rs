//! `AccessLog`: appends a line for each response to a file or to stderr.
//!
//! Invariant: each line is one write; a write that fails is reported once and does not affect the response.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bantam_std::{AccessRecord, LogLine};
use clap::ValueEnum;
use log::warn;

use super::json::JsonRecord;

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
    /// `None` for stderr.
    pub(crate) file: Option<(PathBuf, Mutex<File>)>,
    write_failed: AtomicBool,
}

impl AccessLog {
    /// Opens the file to append to it; `None` selects stderr.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(format: Format, path: Option<&Path>) -> Result<Self, String> {
        let file = path.map(|path| match open(path) {
            Ok(file) => Ok((path.to_owned(), Mutex::new(file))),
            Err(error) => Err(format!("cannot write {}: {error}", path.display())),
        });
        let file = file.transpose()?;
        Ok(Self { format, file, write_failed: AtomicBool::new(false) })
    }

    /// Opens the path again, after the file was renamed. If that fails, the log goes on to the old file.
    pub(crate) fn reopen(&self) {
        let Some((path, file)) = &self.file else { return };
        match open(path) {
            Ok(opened) => {
                *file.lock().unwrap_or_else(PoisonError::into_inner) = opened;
                self.write_failed.store(false, Ordering::Relaxed);
            }
            Err(error) => warn!("cannot reopen {}: {error}", path.display()),
        }
    }

    pub(crate) fn write(&self, access: &AccessRecord<'_>) {
        let line = match self.format {
            Format::Common => format!("{}\n", LogLine(access)),
            Format::Combined => format!("{:#}\n", LogLine(access)),
            Format::Json => format!("{}\n", JsonRecord::new(access, SystemTime::now())),
        };
        let written = match &self.file {
            Some((_, file)) => file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes()),
            None => io::stderr().write_all(line.as_bytes()),
        };
        if let Err(error) = written
            && !self.write_failed.swap(true, Ordering::Relaxed)
        {
            warn!("cannot write the access log: {error}");
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}
