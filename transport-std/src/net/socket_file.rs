//! Law: a socket's file is made by whoever listens to it and goes when he does; one that nobody listens to is replaced, one
//! that somebody listens to is his, and whatever else is there is left alone.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The file of a socket that is listened to; removed when dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Which file it is: another may have its name by then.
    identity: (u64, u64),
}

impl SocketFile {
    /// Makes the file, and listens to it.
    ///
    /// # Errors
    /// `AddrInUse` where somebody listens there, or what is there is no socket; the system's.
    pub(super) fn make(path: &Path) -> io::Result<(UnixListener, Self)> {
        if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
            && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        {
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let identity = identity(path)?;
        Ok((listener, Self { path: path.into(), identity }))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own.
    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn the_file_is_there_as_long_as_somebody_listens() {
        let folder = folder();
        let path = folder.path().join("s");
        let (listener, file) = SocketFile::make(&path).unwrap();
        UnixStream::connect(&path).unwrap();
        assert_eq!(SocketFile::make(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop((listener, file));
        assert!(!path.exists());
    }

    #[test]
    fn what_an_earlier_listener_has_left_is_replaced() {
        let folder = folder();
        let path = folder.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, _file) = SocketFile::make(&path).unwrap();
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn what_is_not_a_socket_is_left_alone() {
        let folder = folder();
        let path = folder.path().join("s");
        fs::write(&path, "a text").unwrap();
        assert_eq!(SocketFile::make(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        assert_eq!(fs::read(&path).unwrap(), b"a text");
    }

    #[test]
    fn another_file_of_that_name_is_not_removed() {
        let folder = folder();
        let path = folder.path().join("s");
        let (_listener, file) = SocketFile::make(&path).unwrap();
        // Beside it, so that it cannot have the other's number.
        fs::write(folder.path().join("t"), "a text").unwrap();
        fs::rename(folder.path().join("t"), &path).unwrap();
        drop(file);
        assert!(path.exists());
    }
}
