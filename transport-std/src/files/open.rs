//! Law: what is opened lies below the root, whatever links, races or names say, and is a file or a folder: nothing that
//! could block, and nothing that has no end.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use bantam::{Connection, SourceError};
use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

/// Which symbolic links are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symlinks {
    /// None: what is behind one is not there.
    Never,
    /// Those that lead to something below the root.
    #[default]
    Inside,
}

/// Something that can be served.
#[derive(Debug)]
pub(super) enum Found {
    File(File, Metadata),
    Folder(Dir),
}

/// The folder that is served.
#[derive(Debug)]
pub(super) struct Tree {
    root: Dir,
    pub(super) symlinks: Symlinks,
}

impl Tree {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { root: Dir::open_ambient_dir(path, ambient_authority())?, symlinks: Symlinks::default() })
    }

    /// Opens what is at a path of plain names; `None` where nothing is that may be served.
    pub(super) fn open(&self, path: &Path) -> io::Result<Option<Found>> {
        match self.look(path) {
            Ok(found) => Ok(found),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a link leads to, if that is below the root.
    pub(super) fn about(&self, path: &Path) -> io::Result<cap_std::fs::Metadata> {
        self.root.metadata(path)
    }

    fn look(&self, path: &Path) -> io::Result<Option<Found>> {
        let Some(name) = path.file_name() else { return self.root.try_clone().map(Found::Folder).map(Some) };
        let mut options = OpenOptions::new();
        options.read(true).maybe_dir(true);
        harmless(&mut options);
        let file = match self.symlinks {
            Symlinks::Inside => self.root.open_with(path, &options)?,
            Symlinks::Never => {
                options.follow(FollowSymlinks::No);
                let mut folder = None;
                for name in path.parent().into_iter().flatten() {
                    folder = Some(folder.as_ref().unwrap_or(&self.root).open_dir_nofollow(name)?);
                }
                folder.as_ref().unwrap_or(&self.root).open_with(name, &options)?
            }
        };
        let file = file.into_std();
        let about = file.metadata()?;
        Ok(if about.is_dir() {
            Some(Found::Folder(Dir::from_std_file(file)))
        } else {
            about.is_file().then_some(Found::File(file, about))
        })
    }
}

/// To open a FIFO does not wait for its other end, and a terminal does not become ours.
#[cfg(unix)]
fn harmless(options: &mut OpenOptions) {
    use cap_std::fs::OpenOptionsExt as _;
    use rustix::fs::OFlags;
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
}

#[cfg(not(unix))]
fn harmless(_: &mut OpenOptions) {}

/// Does it mean that there is nothing to be served? What may not be read, or lies outside, is not there either: whoever
/// asks is not told which.
fn is_absence(error: &io::Error) -> bool {
    use ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // A circle of links, a name that is too long, a socket, a device that is not there.
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

/// What a failure of the disk, or a lack of descriptors, is answered with.
pub(super) fn failure<C: Connection>(error: &io::Error) -> C::Error {
    #[cfg(unix)]
    if matches!(
        rustix::io::Errno::from_io_error(error),
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE)
    ) {
        return bantam::Rejection::Busy.into();
    }
    log::warn!("a file cannot be read: {error}");
    SourceError.into()
}
