//! Opens files and directories below a root: with openat2 where there is one, else with cap-std.
//!
//! Invariant: no path, link or race opens anything outside the root, and nothing but regular files and directories is opened.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use bantam::{Connection, SourceError};
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _};
#[cfg(unix)]
use cap_std::fs::OpenOptionsExt as _;
use cap_std::fs::{Dir, OpenOptions};
#[cfg(unix)]
use rustix::{fs::OFlags, io::Errno};

use super::stat::{FileKind, FileStat};
use crate::access::warn_limit::WarnLimit;

/// Files that this process may not read, and links out of the root.
static UNREADABLE: WarnLimit = WarnLimit::new();
static FAILED: WarnLimit = WarnLimit::new();

/// Which symbolic links are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symlinks {
    /// None: a path through a link is 404.
    Never,
    /// Those whose target is below the root.
    #[default]
    Inside,
}

/// What a path opens.
#[derive(Debug)]
pub(super) enum Opened {
    File(File, FileStat),
    Directory(Dir),
}

/// The directory that is served, for one request.
#[derive(Clone, Debug)]
pub(super) struct RootDir {
    pub(super) dir: Arc<Dir>,
    pub(super) symlinks: Symlinks,
}

impl RootDir {
    /// Opens a relative path without `.` and `..`. Returns `None` if there is nothing that may be served.
    pub(super) fn open_path(&self, path: &Path) -> io::Result<Option<Opened>> {
        match self.open_raw(path) {
            Err(error) if is_not_found(&error) => {
                if error.kind() == ErrorKind::PermissionDenied {
                    // A path is quoted: it has what the client has sent.
                    UNREADABLE.warn(format_args!("cannot read {path:?}: {error}: answered 404"));
                }
                Ok(None)
            }
            result => result,
        }
    }

    fn open_raw(&self, path: &Path) -> io::Result<Option<Opened>> {
        if path.as_os_str().is_empty() {
            return self.dir.try_clone().map(Opened::Directory).map(Some);
        }
        #[cfg(target_os = "linux")]
        let beneath = super::beneath::open(&*self.dir, path, self.symlinks == Symlinks::Inside)?;
        #[cfg(not(target_os = "linux"))]
        let beneath = None;
        let file = match beneath {
            Some(file) => file,
            None => self.open_by_components(path)?,
        };
        Ok(match FileStat::of(&file)? {
            (FileKind::File, stat) => Some(Opened::File(file, stat)),
            (FileKind::Directory, _) => Some(Opened::Directory(Dir::from_std_file(file))),
            (FileKind::Other, _) => None,
        })
    }

    /// Opens a path as cap-std does: where there is no openat2, component by component.
    fn open_by_components(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).maybe_dir(true);
        // O_NONBLOCK: opening a FIFO does not wait for a writer. O_NOCTTY: a terminal does not become the controlling one.
        #[cfg(unix)]
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
        let file = match self.symlinks {
            Symlinks::Inside => self.dir.open_with(path, &options)?,
            Symlinks::Never => {
                options.follow(FollowSymlinks::No);
                let mut parent: Option<Dir> = None;
                for name in path.parent().into_iter().flatten() {
                    parent = Some(parent.as_ref().unwrap_or(&*self.dir).open_dir_nofollow(name)?);
                }
                let name = path.file_name().unwrap_or_default();
                parent.as_ref().unwrap_or(&*self.dir).open_with(name, &options)?
            }
        };
        Ok(file.into_std())
    }
}

/// Returns true if the error is answered with 404. Files that may not be read, or lie outside the root, are among them:
/// a client cannot tell them from files that do not exist.
fn is_not_found(error: &io::Error) -> bool {
    use ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    // A loop of links, a name that is too long, a socket, a missing device.
    #[cfg(unix)]
    if let Some(Errno::LOOP | Errno::NAMETOOLONG | Errno::NXIO | Errno::NODEV) = Errno::from_io_error(error) {
        return true;
    }
    matches!(
        error.kind(),
        NotFound | PermissionDenied | NotADirectory | IsADirectory | InvalidInput | InvalidFilename
    )
}

/// The error of a page whose file cannot be read: 503 if a later attempt may succeed, else 500.
pub(super) fn io_failure<C: Connection>(error: &io::Error) -> C::Error {
    if is_temporary(error) {
        FAILED.warn(format_args!("cannot open a file: {error}: answered 503"));
        return bantam::Rejection::Busy.into();
    }
    FAILED.warn(format_args!("cannot read a file: {error}"));
    SourceError.into()
}

/// Returns true if descriptors are exhausted, or if another process holds a lease on the file (fcntl(2)), as file servers do:
/// the system asks for it back, and an open that does not wait fails meanwhile.
fn is_temporary(error: &io::Error) -> bool {
    #[cfg(unix)]
    if let Some(Errno::MFILE | Errno::NFILE) = Errno::from_io_error(error) {
        return true;
    }
    error.kind() == ErrorKind::WouldBlock
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_attempt_may_open_is_temporary() {
        for (errno, temporary) in [
            (Errno::MFILE, true),
            (Errno::NFILE, true),
            (Errno::AGAIN, true),
            (Errno::IO, false),
            (Errno::STALE, false),
        ] {
            let error = io::Error::from(errno);
            assert_eq!(is_temporary(&error), temporary, "{error}");
            assert!(!is_not_found(&error), "{error}");
        }
    }
}
