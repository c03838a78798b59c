//! `SocketFile`: the file of a Unix socket, removed when dropped.
//!
//! Invariant: only a socket without a listener is replaced, and only the file that this process made is removed.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::tcp_socket::BACKLOG;

/// The longest path of a Unix socket, in bytes: `sun_path` without its end (unix(7)).
const MAX_PATH: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };
/// How long a start waits for another one in the same directory.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Dropped before the listener is closed: until then no other file can have its inode.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Tells the file from a later one of the same name.
    dev_ino: (u64, u64),
}

impl SocketFile {
    /// Makes the file, sets its permissions where `mode` is given, and listens on it.
    ///
    /// # Errors
    /// `AddrInUse` if a process listens on it, or the path is not a socket; `InvalidInput` for a path that no socket can
    /// have; the system's.
    pub(super) fn bind(path: &Path, mode: Option<u32>) -> io::Result<(UnixListener, Self)> {
        let address = address(path)?;
        // Two starts at once would find the same file without a listener, and the later one remove the earlier one's.
        let _lock = lock(directory(path));
        if is_socket(path) && !has_listener(&address)? {
            fs::remove_file(path)?;
        }
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&address)?;
        let file = Self { path: path.into(), dev_ino: dev_ino(path)? };
        // Nothing can connect before the socket listens.
        if let Some(mode) = mode {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        socket.listen(BACKLOG)?;
        Ok((socket.into(), file))
    }

    /// Returns what [`Self::bind`] would find at the path, and changes nothing.
    ///
    /// # Errors
    /// Those of [`Self::bind`], but for the permissions of the directory.
    pub(super) fn check(path: &Path) -> io::Result<()> {
        let address = address(path)?;
        match fs::symlink_metadata(path) {
            Ok(_) if is_socket(path) && !has_listener(&address)? => Ok(()),
            Ok(_) => Err(ErrorKind::AddrInUse.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let is_dir = fs::metadata(directory(path))?.is_dir();
                if is_dir { Ok(()) } else { Err(ErrorKind::NotADirectory.into()) }
            }
            Err(error) => Err(error),
        }
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

fn address(path: &Path) -> io::Result<SockAddr> {
    let bytes = path.as_os_str().as_bytes();
    let invalid = |message: String| Err(io::Error::new(ErrorKind::InvalidInput, message));
    match bytes.len() {
        0 => invalid("the path of the socket is missing".into()),
        length if length > MAX_PATH => {
            invalid(format!("the path has {length} bytes, and that of a socket {MAX_PATH} at most"))
        }
        // A name that begins with it is no file (unix(7), "abstract").
        _ if bytes.contains(&0) => invalid("the path contains a byte of zero".into()),
        _ => SockAddr::unix(path),
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// Returns false if nothing accepts connections. Never blocks: a connection to a full backlog would.
fn has_listener(address: &SockAddr) -> io::Result<bool> {
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    probe.set_nonblocking(true)?;
    Ok(!probe.connect(address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused))
}

/// Locks a directory (flock(2)) until the file is dropped. Returns `None` where that is not possible: the directory cannot be
/// read, its file system has no locks, or another process keeps the lock.
fn lock(directory: &Path) -> Option<File> {
    let (directory, deadline) = (File::open(directory).ok()?, Instant::now() + LOCK_WAIT);
    loop {
        match directory.try_lock() {
            Ok(()) => return Some(directory),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn the_file_exists_until_the_listener_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (listener, file) = SocketFile::bind(&path, None).unwrap();
        UnixStream::connect(&path).unwrap();
        assert_eq!(SocketFile::bind(&path, None).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop((file, listener));
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_socket_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, _file) = SocketFile::bind(&path, None).unwrap();
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_regular_file_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        fs::write(&path, "a text").unwrap();
        for error in [SocketFile::bind(&path, None).unwrap_err(), SocketFile::check(&path).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
        }
        assert_eq!(fs::read(&path).unwrap(), b"a text");
    }

    #[test]
    fn a_file_that_took_the_name_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (_listener, file) = SocketFile::bind(&path, None).unwrap();
        // Created while the socket exists, so that it has another inode.
        fs::write(dir.path().join("t"), "a text").unwrap();
        fs::rename(dir.path().join("t"), &path).unwrap();
        drop(file);
        assert!(path.exists());
    }

    #[test]
    fn a_listener_with_a_full_backlog_is_a_listener() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
        listener.listen(1).unwrap();
        let mut queued = Vec::new();
        loop {
            let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            if client.connect(&SockAddr::unix(&path).unwrap()).is_err() {
                break;
            }
            queued.push(client);
        }
        assert_eq!(SocketFile::bind(&path, None).unwrap_err().kind(), ErrorKind::AddrInUse);
        assert_eq!(SocketFile::check(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn of_many_starts_at_once_over_a_stale_file_one_listens() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..40 {
            let path = dir.path().join(round.to_string());
            drop(UnixListener::bind(&path).unwrap());
            let barrier = Barrier::new(4);
            let bound = thread::scope(|scope| {
                let start = || {
                    barrier.wait();
                    SocketFile::bind(&path, None).ok()
                };
                let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
                starts.into_iter().filter_map(|start| start.join().unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(bound.len(), 1, "round {round}");
        }
    }

    #[test]
    fn the_mode_is_that_of_the_file_whatever_the_umask() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o600, 0o660, 0o666, 0o777] {
            let path = dir.path().join("s");
            let _bound = SocketFile::bind(&path, Some(mode)).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        }
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_an_error_that_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let longest = dir.path().join("x".repeat(MAX_PATH - dir.path().as_os_str().len() - 1));
        drop(SocketFile::bind(&longest, None).unwrap());
        let mut too_long = longest.into_os_string();
        too_long.push("x");
        for (path, words) in [(Path::new(&too_long), "at most"), (Path::new(""), "missing")] {
            let errors = [SocketFile::bind(path, None).unwrap_err(), SocketFile::check(path).unwrap_err()];
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                assert!(error.to_string().contains(words), "{error}");
            }
        }
    }

    #[test]
    fn a_check_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (absent, stale) = (dir.path().join("absent"), dir.path().join("stale"));
        drop(UnixListener::bind(&stale).unwrap());
        let before = dev_ino(&stale).unwrap();
        assert!(SocketFile::check(&absent).is_ok() && SocketFile::check(&stale).is_ok());
        assert!(SocketFile::check(&dir.path().join("no/such")).is_err());
        assert!(!absent.exists() && dev_ino(&stale).unwrap() == before);
    }
}
