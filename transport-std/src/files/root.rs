//! The root of a [`ServeDir`](super::ServeDir): a path, which is looked up again for every request (stat).
//!
//! Invariant: everything that one request opens is below one directory, which the path named when the request came.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::open::{RootDir, Symlinks};
use super::stat::FileStat;

/// The path of the root, and the directory that it names.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    pub(super) symlinks: Symlinks,
    /// `None` while the path names no directory.
    current: RwLock<Option<Current>>,
}

/// An open directory. While it is open no other has its identity.
#[derive(Debug)]
struct Current {
    dir: Arc<Dir>,
    id: Option<Id>,
}

/// What tells a directory from another: device and inode.
type Id = (u64, u64);

impl Root {
    /// A root that is a directory now. A relative path is below the current directory of this moment.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let current = RwLock::new(Some(Current::open(&path)?));
        Ok(Self { path, symlinks: Symlinks::default(), current })
    }

    /// The directory that the path names now.
    ///
    /// # Errors
    /// The system's, if it names none. A later call may succeed.
    pub(super) fn look_up(&self) -> io::Result<RootDir> {
        let found = FileStat::at(&self.path).map(|(_, stat)| id(&stat));
        let dir = match self.known(&found) {
            Some(dir) => dir,
            None => self.replace(found)?,
        };
        Ok(RootDir { dir, symlinks: self.symlinks })
    }

    /// The open directory, if it is the one that was found.
    fn known(&self, found: &io::Result<Option<Id>>) -> Option<Arc<Dir>> {
        let found = (*found.as_ref().ok()?)?;
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let current = current.as_ref().filter(|current| current.id == Some(found))?;
        Some(Arc::clone(&current.dir))
    }

    /// Opens what the path names, if it is there.
    fn replace(&self, found: io::Result<Option<Id>>) -> io::Result<Arc<Dir>> {
        let opened = found.and_then(|_| Current::open(&self.path));
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match opened {
            Ok(opened) => {
                if current.is_none() {
                    log::info!("the root {} is back", self.path.display());
                }
                Ok(Arc::clone(&current.insert(opened).dir))
            }
            Err(error) => {
                // Once, and not for each request; a directory that has been removed is not kept on disk.
                if current.take().is_some() {
                    log::warn!("the root {} cannot be opened: {error}", self.path.display());
                }
                Err(error)
            }
        }
    }
}

impl Current {
    fn open(path: &Path) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        #[cfg(target_os = "linux")]
        check_sandbox(&dir)?;
        let id = id(&FileStat::of(&dir.try_clone()?.into_std_file())?.1);
        Ok(Self { dir: Arc::new(dir), id })
    }
}

/// Returns an error for a directory that this user may read by its permissions, and that cannot be read: a directory outside the sandbox of
/// the process, whose files would all be 404.
#[cfg(target_os = "linux")]
fn check_sandbox(dir: &Dir) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, Mode, OFlags, accessat, openat};
    use rustix::io::Errno;

    let opened = || openat(dir, ".", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let denied = || opened().is_err_and(|error| error == Errno::ACCESS);
    if accessat(dir, ".", Access::READ_OK, AtFlags::EACCESS).is_ok() && denied() {
        let why = "it lies outside the sandbox of this process (see --sandbox-read), or a security module denies it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(())
}

/// `None` where the system has no such identity: the root is opened for every request then.
fn id(stat: &FileStat) -> Option<Id> {
    cfg!(unix).then_some((stat.device, stat.inode))
}
