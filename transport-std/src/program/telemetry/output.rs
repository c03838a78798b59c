//! `Output`: the file, FIFO, terminal or pipe behind a sink of log lines.
//!
//! Invariant: what is written of a regular file ends with a whole line, and what is opened by its path is opened and written
//! without waiting for a reader.

use std::fs::File;
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// What one write to a pipe may hold to be atomic (PIPE_BUF). POSIX promises 512 bytes, Linux 4,096.
const PIPE_UNIT: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };
/// What one write to a regular file may hold: 64 KB.
const FILE_UNIT: usize = 64 * 1024;

/// An open file, or the path of one.
#[derive(Debug)]
pub(super) struct Output {
    /// `None` for a standard stream.
    path: Option<PathBuf>,
    /// `None` for a FIFO that has no reader yet, and for a standard stream that cannot be duplicated.
    file: Option<LogFile>,
}

#[derive(Debug)]
struct LogFile {
    file: File,
    is_regular: bool,
}

impl Output {
    /// Standard error, by a descriptor of its own: `std::io::Stderr` has a lock, which a write that blocks would hold.
    pub(super) fn stderr() -> Self {
        #[cfg(unix)]
        let copy = std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned();
        #[cfg(windows)]
        let copy = std::os::windows::io::AsHandle::as_handle(&io::stderr()).try_clone_to_owned();
        Self { path: None, file: copy.ok().map(|copy| LogFile::new(copy.into())) }
    }

    /// Opens a file to append to it. A FIFO without a reader is opened later, by [`Self::write`].
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = match LogFile::open(path) {
            Err(error) if is_fifo_without_reader(path, &error) => None,
            opened => Some(opened?),
        };
        Ok(Self { path: Some(path.to_owned()), file })
    }

    /// Opens the path again, after the file was renamed. Where that fails, the old file stays.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        if let Some(path) = &self.path {
            *self = Self::open(path)?;
        }
        Ok(())
    }

    /// Writes the first of these lines, or the rest of one, with one call. Returns how many bytes; fewer than a whole number of
    /// lines only where the file is not a regular one.
    ///
    /// # Errors
    /// The system's: `WouldBlock` and a FIFO without a reader may pass.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if let (None, Some(path)) = (&self.file, &self.path) {
            self.file = Some(LogFile::open(path).map_err(|error| {
                let no_reader =
                    || io::Error::new(ErrorKind::NotConnected, "it is a FIFO that no process reads");
                if is_fifo_without_reader(path, &error) { no_reader() } else { error }
            })?);
        }
        match &mut self.file {
            Some(file) => file.write(lines),
            None => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    /// Returns true for a file that a path names, whose errors the log can say.
    pub(super) const fn has_path(&self) -> bool {
        self.path.is_some()
    }
}

/// Returns true if the same write may succeed at once, or when the reader has read on.
pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

impl LogFile {
    fn new(file: File) -> Self {
        let is_regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Self { file, is_regular }
    }

    fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.append(true).create(true);
        // O_NONBLOCK: neither the open nor a write waits for the reader of a FIFO. O_NOCTTY: a terminal does not become the
        // controlling one.
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            use std::os::unix::fs::OpenOptionsExt as _;
            options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
        }
        options.open(path).map(Self::new)
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let unit = whole_lines(lines, if self.is_regular { FILE_UNIT } else { PIPE_UNIT });
        let count = match self.file.write(unit)? {
            0 => return Err(ErrorKind::WriteZero.into()),
            count => count,
        };
        let torn = unit[..count].iter().rev().take_while(|byte| **byte != b'\n').count();
        // The disk is full.
        if torn > 0 && self.is_regular && self.take_back(torn as u64).is_ok() {
            return if count > torn { Ok(count - torn) } else { Err(ErrorKind::StorageFull.into()) };
        }
        Ok(count)
    }

    /// Removes the last bytes of a regular file, if no other process has appended to it.
    fn take_back(&mut self, count: u64) -> io::Result<()> {
        let end = self.file.stream_position()?;
        if end != self.file.metadata()?.len() || end < count {
            return Err(ErrorKind::Unsupported.into());
        }
        self.file.set_len(end - count)?;
        self.file.seek(SeekFrom::Start(end - count)).map(drop)
    }
}

/// As many of these lines as fit `limit`, at least the first one.
fn whole_lines(lines: &[u8], limit: usize) -> &[u8] {
    let is_end = |byte: &u8| *byte == b'\n';
    let head = &lines[..lines.len().min(limit)];
    let end = head.iter().rposition(is_end).or_else(|| lines.iter().position(is_end));
    &lines[..end.map_or(lines.len(), |end| end + 1)]
}

/// Returns true if the error is of a FIFO that no process has opened to read.
fn is_fifo_without_reader(path: &Path, error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let is_fifo = || path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::NXIO) && is_fifo()
    }
    #[cfg(not(unix))]
    {
        let _ = (path, error);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_has_as_many_whole_lines_as_fit() {
        for (lines, limit, unit) in [
            ("a\nbb\nccc\n", 100, "a\nbb\nccc\n"),
            ("a\nbb\nccc\n", 6, "a\nbb\n"),
            ("a\nbb\nccc\n", 2, "a\n"),
            ("a long line\nbb\n", 4, "a long line\n"),
            ("no end", 4, "no end"),
        ] {
            assert_eq!(whole_lines(lines.as_bytes(), limit), unit.as_bytes(), "{lines:?} {limit}");
        }
    }

    #[test]
    fn a_part_of_a_line_is_taken_back_unless_another_process_has_appended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = LogFile::open(&path).unwrap();
        assert_eq!(log.write(b"whole\n").unwrap(), 6);
        log.file.write_all(b"a par").unwrap();
        log.take_back(5).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole\n");
        log.file.write_all(b"a par").unwrap();
        LogFile::open(&path).unwrap().file.write_all(b"another\n").unwrap();
        assert!(log.take_back(5).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"whole\na paranother\n");
    }
}
