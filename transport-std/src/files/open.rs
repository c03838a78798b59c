//! Opens files and directories below a root (cap-std).
//!
//! Invariant: no path, link or race opens anything outside the root, and nothing but regular files and directories is opened.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use bantam::{Connection, SourceError};
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

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
    File(File, Metadata),
    Directory(Dir),
}

/// The directory that is served.
#[derive(Debug)]
pub(super) struct RootDir {
    dir: Dir,
    pub(super) symlinks: Symlinks,
}

impl RootDir {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { dir: Dir::open_ambient_dir(path, ambient_authority())?, symlinks: Symlinks::default() })
    }

    /// Opens a relative path without `.` and `..`. Returns `None` if there is nothing that may be served.
    pub(super) fn open_path(&self, path: &Path) -> io::Result<Option<Opened>> {
        match self.open_raw(path) {
            Ok(opened) => Ok(opened),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Metadata of a link's target.
    ///
    /// # Errors
    /// The system's, also for a target outside the root.
    pub(super) fn metadata(&self, path: &Path) -> io::Result<cap_std::fs::Metadata> {
        self.dir.metadata(path)
    }

    fn open_raw(&self, path: &Path) -> io::Result<Option<Opened>> {
        let Some(name) = path.file_name() else {
            return self.dir.try_clone().map(Opened::Directory).map(Some);
        };
        let mut options = OpenOptions::new();
        options.read(true).maybe_dir(true);
        open_nonblocking(&mut options);
        let file = match self.symlinks {
            Symlinks::Inside => self.dir.open_with(path, &options)?,
            Symlinks::Never => {
                options.follow(FollowSymlinks::No);
                let mut parent = None;
                for name in path.parent().into_iter().flatten() {
                    parent = Some(parent.as_ref().unwrap_or(&self.dir).open_dir_nofollow(name)?);
                }
                parent.as_ref().unwrap_or(&self.dir).open_with(name, &options)?
            }
        };
        let file = file.into_std();
        let metadata = file.metadata()?;
        Ok(if metadata.is_dir() {
            Some(Opened::Directory(Dir::from_std_file(file)))
        } else {
            metadata.is_file().then_some(Opened::File(file, metadata))
        })
    }
}

/// O_NONBLOCK: opening a FIFO does not wait for a writer. O_NOCTTY: a terminal does not become the controlling one.
#[cfg(unix)]
fn open_nonblocking(options: &mut OpenOptions) {
    use cap_std::fs::OpenOptionsExt as _;
    use rustix::fs::OFlags;
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
}

#[cfg(not(unix))]
fn open_nonblocking(_: &mut OpenOptions) {}

/// Returns true if the error is answered with 404. Files that may not be read, or lie outside the root, are among them:
/// a client cannot tell them from files that do not exist.
fn is_not_found(error: &io::Error) -> bool {
    use ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // A loop of links, a name that is too long, a socket, a missing device, a path out of the root.
        let errno = Errno::from_io_error(error);
        if errno.is_some_and(|e| {
            [Errno::LOOP, Errno::NAMETOOLONG, Errno::NXIO, Errno::NODEV, Errno::XDEV].contains(&e)
        }) {
            return true;
        }
    }
    matches!(
        error.kind(),
        NotFound | PermissionDenied | NotADirectory | IsADirectory | InvalidInput | InvalidFilename
    )
}

/// The error of a page whose file cannot be read: 503 if descriptors are exhausted, else 500.
pub(super) fn io_failure<C: Connection>(error: &io::Error) -> C::Error {
    #[cfg(unix)]
    if matches!(
        rustix::io::Errno::from_io_error(error),
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE)
    ) {
        return bantam::Rejection::Busy.into();
    }
    log::warn!("cannot read a file: {error}");
    SourceError.into()
}
