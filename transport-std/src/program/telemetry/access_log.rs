//! Law: every answer is a line of its own in the access log, written at once and whole; a log that cannot be written is
//! complained of once, and never keeps an answer from a client.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bantam_std::{AccessRecord, LogLine};
use clap::ValueEnum;
use log::warn;

use super::json::Line;

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Common Log Format
    #[default]
    Common,
    /// The common one with Referer and User-Agent
    Combined,
    /// A JSON object a line
    Json,
}

/// The access log.
#[derive(Debug)]
pub(crate) struct Journal {
    format: Format,
    /// `None`: stderr.
    file: Option<(PathBuf, Mutex<File>)>,
    complained: AtomicBool,
}

impl Journal {
    /// Opens the file, if there is to be one; what it holds already is kept.
    pub(crate) fn new(format: Format, file: Option<&Path>) -> io::Result<Self> {
        let file = match file {
            Some(path) => Some((path.to_owned(), Mutex::new(open(path)?))),
            None => None,
        };
        Ok(Self { format, file, complained: AtomicBool::new(false) })
    }

    pub(crate) const fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// Opens the file anew, after it was moved away. Where that fails the old one is written on.
    pub(crate) fn reopen(&self) {
        let Some((path, file)) = &self.file else { return };
        match open(path) {
            Ok(opened) => {
                *file.lock().unwrap_or_else(PoisonError::into_inner) = opened;
                self.complained.store(false, Ordering::Relaxed);
            }
            Err(error) => warn!("{} cannot be opened again: {error}", path.display()),
        }
    }

    pub(crate) fn write(&self, answer: &AccessRecord<'_>) {
        let line = match self.format {
            Format::Common => format!("{}\n", LogLine(answer)),
            Format::Combined => format!("{:#}\n", LogLine(answer)),
            Format::Json => format!("{}\n", Line::new(answer, SystemTime::now())),
        };
        let written = match &self.file {
            Some((_, file)) => file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes()),
            None => io::stderr().write_all(line.as_bytes()),
        };
        if let Err(error) = written
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            warn!("the access log cannot be written: {error}");
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}
