//! `Target`: the name of a file that is stored or removed, in its open folder.
//!
//! Invariant: the folder is below the root, and no part of its path is a link.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bantam::{Connection, Failure};

use super::failure::{BAD_NAME, NO_FOLDER, NO_ROOT, disk_failure};
use crate::files::open::{Opened, RootDir, Symlinks};
use crate::files::root::Root;
use crate::files::stat::FileStat;

/// What has a name.
#[derive(Debug)]
pub(super) enum Existing {
    Nothing,
    /// A regular file, with its permissions, which only Unix has.
    File(u32),
    /// A directory, a link, a socket.
    Other,
}

#[derive(Debug)]
pub(super) struct Target {
    /// The folder, in which no link is followed.
    pub(super) folder: RootDir,
    pub(super) name: OsString,
    /// Below the root.
    folder_path: PathBuf,
}

/// Opens a folder below the root, through no link. `None` if there is none.
///
/// # Errors
/// The response to an error of the disk.
pub(super) fn open_folder<C: Connection>(root: &Root, path: &Path) -> Result<Option<RootDir>, Failure> {
    let Ok(root) = root.look_up() else { return Err((&NO_ROOT).into()) };
    let root = RootDir { symlinks: Symlinks::Never, ..root };
    match root.open_path(path).map_err(|error| disk_failure::<C>(&error))? {
        Some(Opened::Directory(dir)) => Ok(Some(RootDir { dir: Arc::new(dir), ..root })),
        _ => Ok(None),
    }
}

impl Target {
    /// The file at a path below the root.
    ///
    /// # Errors
    /// A refusal if there is no such folder, and the response to an error of the disk.
    pub(super) fn find<C: Connection>(root: &Root, path: &Path) -> Result<Self, Failure> {
        let (Some(folder_path), Some(name)) = (path.parent(), path.file_name()) else {
            return Err((&BAD_NAME).into());
        };
        let folder = open_folder::<C>(root, folder_path)?.ok_or(&NO_FOLDER)?;
        Ok(Self { folder, name: name.to_owned(), folder_path: folder_path.to_owned() })
    }

    /// A file in a folder that is open.
    pub(super) fn within(folder: &RootDir, folder_path: &Path, name: &OsStr) -> Self {
        Self { folder: folder.clone(), name: name.to_owned(), folder_path: folder_path.to_owned() }
    }

    /// What has the name now.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn existing(&self) -> io::Result<Existing> {
        let found = match self.folder.dir.symlink_metadata(&self.name) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Existing::Nothing),
            found => found?,
        };
        #[cfg(unix)]
        let mode = {
            use cap_std::fs::MetadataExt as _;
            found.mode()
        };
        #[cfg(not(unix))]
        let mode = 0;
        Ok(if found.is_file() { Existing::File(mode) } else { Existing::Other })
    }

    /// Returns true if the path of the folder still leads to it: it has not been moved, nor has the root been switched.
    pub(super) fn is_in_place<C: Connection>(&self, root: &Root) -> Result<bool, Failure> {
        let Some(now) = open_folder::<C>(root, &self.folder_path)? else { return Ok(false) };
        let id = |folder: &RootDir| -> io::Result<_> {
            let (_, stat) = FileStat::of(&folder.dir.try_clone()?.into_std_file())?;
            Ok((stat.device, stat.inode))
        };
        let same = || Ok(id(&now)? == id(&self.folder)?);
        same().map_err(|error: io::Error| disk_failure::<C>(&error))
    }

    /// Writes the names of the folder to the disk (fsync).
    #[cfg(unix)]
    pub(super) fn sync_folder(folder: &RootDir) -> io::Result<()> {
        use rustix::fs::{Mode, OFlags, fsync, openat};

        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(fsync(openat(&*folder.dir, ".", flags, Mode::empty())?)?)
    }

    #[cfg(not(unix))]
    pub(super) fn sync_folder(_: &RootDir) -> io::Result<()> {
        Ok(())
    }
}
