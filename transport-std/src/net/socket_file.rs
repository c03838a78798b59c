//! `SocketFile`: the file of a Unix socket, removed when dropped.
//!
//! Invariant: only a socket without a listener is replaced, and only the file that this process made is removed.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Tells the file from a later one of the same name.
    dev_ino: (u64, u64),
}

impl SocketFile {
    /// Makes the file and listens on it.
    ///
    /// # Errors
    /// `AddrInUse` if a process listens on it, or the path is not a socket; the system's.
    pub(super) fn bind(path: &Path) -> io::Result<(UnixListener, Self)> {
        if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
            && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        {
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let dev_ino = dev_ino(path)?;
        Ok((listener, Self { path: path.into(), dev_ino }))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if dev_ino(&self.path).is_ok_and(|found| found == self.dev_ino) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn dev_ino(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_exists_until_the_listener_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (listener, file) = SocketFile::bind(&path).unwrap();
        UnixStream::connect(&path).unwrap();
        assert_eq!(SocketFile::bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop((listener, file));
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_socket_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, _file) = SocketFile::bind(&path).unwrap();
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_regular_file_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        fs::write(&path, "a text").unwrap();
        assert_eq!(SocketFile::bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        assert_eq!(fs::read(&path).unwrap(), b"a text");
    }

    #[test]
    fn a_file_that_took_the_name_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (_listener, file) = SocketFile::bind(&path).unwrap();
        // Created while the socket exists, so that it has another inode.
        fs::write(dir.path().join("t"), "a text").unwrap();
        fs::rename(dir.path().join("t"), &path).unwrap();
        drop(file);
        assert!(path.exists());
    }
}
