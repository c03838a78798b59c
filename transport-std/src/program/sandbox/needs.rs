//! `Needs`: files that a program opens by a path after its start, and what it does with them.

use std::path::{Path, PathBuf};

use super::follow::{directory, follow};
use crate::access;

/// Files and directories, each with what is below it. A path that does not exist is skipped.
#[derive(Debug, Default)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "other systems have no Landlock"))]
pub(crate) struct Needs {
    pub(crate) read: Vec<PathBuf>,
    /// Files are appended to and made, and none is removed.
    pub(crate) append: Vec<PathBuf>,
    /// Files are removed.
    pub(crate) remove: Vec<PathBuf>,
    /// Files and directories are made, replaced and removed.
    pub(crate) change: Vec<PathBuf>,
    /// Files of procfs, read. Their inodes last as long as they are open.
    pub(crate) procfs: Vec<PathBuf>,
    /// What SIGHUP opens again: the access log to write it, the rest to read it.
    pub(super) reopened: (Option<PathBuf>, Vec<PathBuf>),
}

impl Needs {
    /// A directory that is looked up at each request.
    pub(crate) fn read_directory(&mut self, path: &Path) {
        if let Ok(followed) = follow(path) {
            self.read.push(followed.target);
            self.read.extend(followed.beside_targets);
        }
    }

    /// A file that another one is renamed to.
    pub(crate) fn read_replaceable(&mut self, path: &Path) {
        if let Ok(followed) = follow(path) {
            self.read.extend([path, &followed.target].map(replaced_in));
            self.read.extend(followed.beside_targets);
        }
        self.reopened.1.push(path.to_owned());
    }

    /// A file or a FIFO that is renamed and made again. A device, and what /dev and /proc name, is opened again, and its directory not
    /// written.
    pub(crate) fn append_replaceable(&mut self, path: &Path) {
        let in_system = |path: &Path| ["/dev", "/proc"].iter().any(|system| path.starts_with(system));
        if !is_device(path) && !in_system(&replaced_in(path)) {
            self.append.push(replaced_in(path));
            self.append.extend(path.canonicalize().map(|target| replaced_in(&target)));
        } else {
            self.append.push(path.to_owned());
        }
        self.reopened.0 = Some(path.to_owned());
    }

    /// The file of a Unix socket, which is removed.
    pub(crate) fn remove_socket(&mut self, path: &Path) {
        self.remove.extend(directory(path).canonicalize());
    }

    /// The files that this user may not open again, and what for.
    pub(super) fn unreachable(&self) -> impl Iterator<Item = (&Path, &'static str)> {
        let (log, files) = &self.reopened;
        let log = log.iter().filter(|path| access::append_to(path).is_err());
        let files = files.iter().filter(|path| std::fs::File::open(path).is_err());
        log.map(|path| (&**path, "write")).chain(files.map(|path| (&**path, "read")))
    }
}

/// Returns true for what is written at its path alone. An error says that there is nothing to write.
fn is_device(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        path.metadata()
            .is_ok_and(|found| found.file_type().is_char_device() || found.file_type().is_block_device())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// The directory of a file; the file itself where that is the root directory of the system.
fn replaced_in(path: &Path) -> PathBuf {
    match directory(path).canonicalize() {
        Ok(parent) if parent.parent().is_some() => parent,
        _ => path.to_owned(),
    }
}
