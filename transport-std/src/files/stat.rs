//! `FileStat`: what the system says of a file (fstat), as far as a response depends on it.
//!
//! Invariant: two versions of one file differ in it, unless the second follows within the granularity of its times.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The coarsest time of a file system (FAT): within it a file can change twice and keep its times.
const GRANULARITY: i64 = 2;

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    File,
    Directory,
    /// A socket, a device, a FIFO.
    Other,
}

/// What tells a file, and a version of it, from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FileStat {
    /// May differ after a restart of the system. Zero where the system has none, as the inode.
    pub(super) device: u64,
    pub(super) inode: u64,
    /// In bytes.
    pub(super) size: u64,
    /// The change of content or inode: it cannot be set by a program, unlike the modification.
    pub(super) changed: Time,
    pub(super) modified: Time,
}

/// A time since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Time {
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

impl FileStat {
    /// Of an open file.
    ///
    /// # Errors
    /// The system's.
    #[cfg(target_os = "linux")]
    pub(super) fn of(file: &File) -> io::Result<(FileKind, Self)> {
        Ok(read(&rustix::fs::fstat(file)?))
    }

    /// Of what a path names; links are followed.
    ///
    /// # Errors
    /// The system's.
    #[cfg(target_os = "linux")]
    pub(super) fn at(path: &Path) -> io::Result<(FileKind, Self)> {
        Ok(read(&rustix::fs::stat(path)?))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(file: &File) -> io::Result<(FileKind, Self)> {
        Ok(read(&file.metadata()?))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn at(path: &Path) -> io::Result<(FileKind, Self)> {
        Ok(read(&std::fs::metadata(path)?))
    }

    /// Returns true if a later change has another time.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let (now, changed) = (Time::of(now), self.changed);
        let since = now.seconds.saturating_sub(changed.seconds);
        since > GRANULARITY || since == GRANULARITY && now.nanoseconds > changed.nanoseconds
    }
}

impl Time {
    /// A time before 1970 is 1970.
    pub(super) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: since.subsec_nanos(),
        }
    }
}

#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_cast, reason = "the types differ between processors")]
fn read(stat: &rustix::fs::Stat) -> (FileKind, FileStat) {
    let kind = match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
        rustix::fs::FileType::RegularFile => FileKind::File,
        rustix::fs::FileType::Directory => FileKind::Directory,
        _ => FileKind::Other,
    };
    let time = |seconds, nanoseconds| Time { seconds, nanoseconds };
    let stat = FileStat {
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        size: stat.st_size as u64,
        changed: time(stat.st_ctime as i64, stat.st_ctime_nsec as u32),
        modified: time(stat.st_mtime as i64, stat.st_mtime_nsec as u32),
    };
    (kind, stat)
}

#[cfg(not(target_os = "linux"))]
fn read(metadata: &std::fs::Metadata) -> (FileKind, FileStat) {
    let kind = match (metadata.is_file(), metadata.is_dir()) {
        (true, _) => FileKind::File,
        (_, true) => FileKind::Directory,
        _ => FileKind::Other,
    };
    let modified = metadata.modified().map(Time::of).unwrap_or_default();
    #[cfg(unix)]
    let (device, inode, changed) = {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds = u32::try_from(metadata.ctime_nsec()).unwrap_or_default();
        (metadata.dev(), metadata.ino(), Time { seconds: metadata.ctime(), nanoseconds })
    };
    #[cfg(not(unix))]
    let (device, inode, changed) = (0, 0, modified);
    (kind, FileStat { device, inode, size: metadata.len(), changed, modified })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_has_settled_when_the_coarsest_clock_has_ticked() {
        let (changed, now) = (Time { seconds: 100, nanoseconds: 5 }, |nanoseconds| {
            UNIX_EPOCH + Duration::new(102, nanoseconds)
        });
        let stat = FileStat { device: 0, inode: 0, size: 0, changed, modified: changed };
        assert_eq!([4, 5, 6].map(|nanoseconds| stat.is_settled(now(nanoseconds))), [false, false, true]);
        assert!(stat.is_settled(now(0) + Duration::from_secs(1)));
        assert!(!stat.is_settled(UNIX_EPOCH), "the clock was set back");
    }

    #[test]
    fn a_path_and_an_open_file_are_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "text").unwrap();
        let (kind, stat) = FileStat::of(&File::open(&path).unwrap()).unwrap();
        assert_eq!((kind, stat.size), (FileKind::File, 4));
        assert_eq!(FileStat::at(&path).unwrap(), (kind, stat));
        assert_eq!(FileStat::at(dir.path()).unwrap().0, FileKind::Directory);
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(Time::of(modified), stat.modified);
    }
}
