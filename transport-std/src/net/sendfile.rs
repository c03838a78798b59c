//! Law: a file goes from the disk to the socket without a copy in this program, where the system has a way; where it has
//! none nothing is sent, and said so.

use std::any::Any;
use std::fs::File;
use std::io;

/// Can the system send this by itself?
pub(crate) fn is_supported(source: &(dyn Any + Send + Sync)) -> bool {
    cfg!(all(feature = "files", target_os = "linux")) && source.is::<File>()
}

/// Sends up to `length` bytes of a file from `offset` on; 0 at its end, `None` where this file or system cannot.
///
/// # Errors
/// The socket's, `WouldBlock` where it would have to wait; the file's.
#[cfg(all(feature = "files", target_os = "linux"))]
pub(crate) fn send(
    socket: impl std::os::fd::AsFd,
    source: &(dyn Any + Send + Sync),
    mut offset: u64,
    length: usize,
) -> io::Result<Option<usize>> {
    use rustix::io::Errno;

    let Some(file) = source.downcast_ref::<File>() else { return Ok(None) };
    match rustix::fs::sendfile(socket, file, Some(&mut offset), length) {
        Ok(count) => Ok(Some(count)),
        // Some file systems have no pages to send.
        Err(Errno::INVAL | Errno::NOSYS) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// There is no such way.
#[cfg(not(all(feature = "files", target_os = "linux")))]
pub(crate) fn send<S>(_: S, _: &(dyn Any + Send + Sync), _: u64, _: usize) -> io::Result<Option<usize>> {
    Ok(None)
}
