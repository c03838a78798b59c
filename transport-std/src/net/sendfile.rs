//! sendfile(2) on Linux: a file leaves the page cache without a copy in this process, in one segment with its head.
//!
//! Invariant: only an error of the socket is returned; whatever else sendfile fails with, the caller reads and writes instead.

use std::any::Any;
use std::fs::File;
use std::io;

#[cfg(all(feature = "files", target_os = "linux"))]
use rustix::io::Errno;

/// How much one call sends over a socket that does not block. Calls of 64 KB take a quarter more processor time for a large file than those
/// of 256 KB (`WAYS=files tests/bench-server`). A connection of the event loop makes at most 16 such calls before the next one is polled.
#[cfg(all(feature = "files", target_os = "linux"))]
const MAX_LENGTH: usize = 512 * 1024;

/// Returns true if [`send`] can send this source.
pub(crate) fn is_supported(source: &(dyn Any + Send + Sync)) -> bool {
    cfg!(all(feature = "files", target_os = "linux")) && source.is::<File>()
}

/// Sends up to `length` bytes of a file from `offset` on. Returns their number, 0 at the end of the file, or `None` if
/// sendfile cannot send it: the file system has no page cache, a seccomp filter or a security module refuses the call, or
/// the disk fails. The caller then reads the file, which works or fails with the error of the file itself.
///
/// # Errors
/// `WouldBlock` if the socket's buffer is full; the socket's.
#[cfg(all(feature = "files", target_os = "linux"))]
pub(crate) fn send(
    socket: impl std::os::fd::AsFd,
    source: &(dyn Any + Send + Sync),
    mut offset: u64,
    length: usize,
) -> io::Result<Option<usize>> {
    let Some(file) = source.downcast_ref::<File>() else { return Ok(None) };
    match rustix::fs::sendfile(socket, file, Some(&mut offset), length.min(MAX_LENGTH)) {
        Ok(count) => Ok(Some(count)),
        Err(error) if is_of_socket(error) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Returns true for an error of the socket, which a write would fail with as well (send(2), tcp(7)).
#[cfg(all(feature = "files", target_os = "linux"))]
const fn is_of_socket(error: Errno) -> bool {
    matches!(
        error,
        Errno::AGAIN
            | Errno::INTR
            | Errno::PIPE
            | Errno::CONNRESET
            | Errno::CONNABORTED
            | Errno::NOTCONN
            | Errno::TIMEDOUT
            | Errno::HOSTUNREACH
            | Errno::NETUNREACH
            | Errno::NETDOWN
    )
}

/// Writes bytes that a file follows at once: the system waits for it before it sends a segment that is not full (MSG_MORE),
/// for 200 ms at most. Returns how many.
///
/// # Errors
/// Those of a write.
#[cfg(all(feature = "files", target_os = "linux"))]
pub(crate) fn write_before(socket: impl std::os::fd::AsFd, bytes: &[u8]) -> io::Result<usize> {
    use rustix::net::SendFlags;

    Ok(rustix::net::send(socket, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?)
}

/// Fails: no file follows where [`send`] is not supported.
#[cfg(not(all(feature = "files", target_os = "linux")))]
pub(crate) fn write_before<S>(_: S, _: &[u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns `None`: not supported.
#[cfg(not(all(feature = "files", target_os = "linux")))]
pub(crate) fn send<S>(_: S, _: &(dyn Any + Send + Sync), _: u64, _: usize) -> io::Result<Option<usize>> {
    Ok(None)
}

#[cfg(all(test, feature = "files", target_os = "linux"))]
mod tests {
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_sendfile_refuses_is_left_to_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        // sendfile fails with EBADF for a file that is not open for reading, and with EINVAL for a directory.
        let write_only = File::create(&path).unwrap();
        let (socket, _peer) = UnixStream::pair().unwrap();
        for source in [write_only, File::open(dir.path()).unwrap()] {
            assert_eq!(send(&socket, &source, 0, 10).unwrap(), None, "{source:?}");
        }
    }

    #[test]
    fn an_error_of_the_socket_is_returned() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "text").unwrap();
        let ((socket, _peer), file) = (UnixStream::pair().unwrap(), File::open(path).unwrap());
        socket.shutdown(Shutdown::Write).unwrap();
        assert_eq!(send(&socket, &file, 0, 4).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn no_refusal_of_a_filter_or_a_file_system_is_an_error_of_the_socket() {
        for error in [
            Errno::PERM,
            Errno::ACCESS,
            Errno::NOSYS,
            Errno::OPNOTSUPP,
            Errno::INVAL,
            Errno::IO,
            Errno::NOMEM,
            Errno::OVERFLOW,
            Errno::SPIPE,
        ] {
            assert!(!is_of_socket(error), "{error:?}");
        }
    }
}
