//! `TemporaryFile`: the content of an upload, under a hidden name beside the file that it becomes.
//!
//! Invariant: it is removed when it is dropped, unless it has been stored; as long as it is open it is locked, so that no start takes
//! it for one that was left behind.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::sync::Arc;

use cap_std::fs::{Dir, OpenOptions};

use crate::files::temporary_name;

/// How many names are tried.
const ATTEMPTS: usize = 8;

#[derive(Debug)]
pub(super) struct TemporaryFile {
    dir: Arc<Dir>,
    name: String,
    file: File,
    /// In bytes.
    pub(super) length: u64,
    is_stored: bool,
}

impl TemporaryFile {
    /// Makes an empty file, with the permissions that the umask leaves.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn create(dir: &Arc<Dir>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        for _ in 0..ATTEMPTS {
            let name = temporary_name::new();
            let file = match dir.open_with(&name, &options) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?.into_std(),
            };
            let made = Self { dir: Arc::clone(dir), name, file, length: 0, is_stored: false };
            // Another program may have looked for left ones meanwhile, and may have removed it. A file system without locks is
            // none where a left one is found.
            match made.file.try_lock() {
                Err(std::fs::TryLockError::WouldBlock) => continue,
                Ok(()) | Err(std::fs::TryLockError::Error(_)) if made.has_name() => return Ok(made),
                _ => {}
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    fn has_name(&self) -> bool {
        self.dir.symlink_metadata(&self.name).is_ok()
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// The system's; what was written of them stays.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The open file, to wait for the disk elsewhere.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn try_clone(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Gives the file the permissions of the one that it takes the place of.
    ///
    /// # Errors
    /// The system's.
    #[cfg(unix)]
    pub(super) fn set_mode(&self, mode: u32) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        self.file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
    }

    #[cfg(not(unix))]
    pub(super) fn set_mode(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    /// Gives the file its name, which takes the place of what has it if `replaces` is true. Returns the file; on failure it stays what
    /// it was.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if something has the name and nothing is to be replaced; the system's.
    pub(super) fn store(&mut self, name: &OsStr, replaces: bool) -> io::Result<()> {
        if replaces {
            self.dir.rename(&self.name, &self.dir, name)?;
        } else {
            rename_new(&self.dir, &self.name, name)?;
        }
        self.is_stored = true;
        Ok(())
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.is_stored {
            let _ = self.dir.remove_file(&self.name);
        }
    }
}

/// Renames a file to a name that is free.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_new(dir: &Dir, from: &str, to: &OsStr) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    use rustix::io::Errno;

    match renameat_with(dir, from, dir, to, RenameFlags::NOREPLACE) {
        // A kernel, a file system or a filter of system calls without it.
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP | Errno::PERM) => link_new(dir, from, to),
        result => Ok(result?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_new(dir: &Dir, from: &str, to: &OsStr) -> io::Result<()> {
    link_new(dir, from, to)
}

/// The same in two steps: a second name, which has to be free, and then without the first.
fn link_new(dir: &Dir, from: &str, to: &OsStr) -> io::Result<()> {
    dir.hard_link(from, dir, to)?;
    dir.remove_file(from)
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    fn open(path: &std::path::Path) -> Arc<Dir> {
        Arc::new(Dir::open_ambient_dir(path, ambient_authority()).unwrap())
    }

    fn names(path: &std::path::Path) -> Vec<String> {
        let entries = std::fs::read_dir(path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn it_is_removed_unless_it_is_stored() {
        let home = tempfile::tempdir().unwrap();
        let dir = open(home.path());
        let mut file = TemporaryFile::create(&dir).unwrap();
        file.write(b"text").unwrap();
        assert!(temporary_name::is_temporary(names(home.path())[0].as_bytes()));
        drop(file);
        assert!(names(home.path()).is_empty());
    }

    #[test]
    fn a_name_that_is_taken_is_replaced_only_if_that_is_wanted() {
        let home = tempfile::tempdir().unwrap();
        let dir = open(home.path());
        let path = home.path().join("a");
        for (content, replaces) in [("one", false), ("two", true)] {
            let mut file = TemporaryFile::create(&dir).unwrap();
            file.write(content.as_bytes()).unwrap();
            file.store(OsStr::new("a"), replaces).unwrap();
            drop(file);
            assert_eq!(
                (names(home.path()), &*std::fs::read_to_string(&path).unwrap()),
                (vec!["a".into()], content)
            );
        }
        let mut file = TemporaryFile::create(&dir).unwrap();
        assert_eq!(file.store(OsStr::new("a"), false).unwrap_err().kind(), ErrorKind::AlreadyExists);
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn a_file_system_without_the_rename_links_and_unlinks() {
        let home = tempfile::tempdir().unwrap();
        let dir = open(home.path());
        std::fs::write(home.path().join("from"), "new").unwrap();
        link_new(&dir, "from", OsStr::new("to")).unwrap();
        assert_eq!(names(home.path()), ["to"]);
        std::fs::write(home.path().join("from"), "newer").unwrap();
        assert_eq!(link_new(&dir, "from", OsStr::new("to")).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(home.path().join("to")).unwrap(), "new");
    }
}
