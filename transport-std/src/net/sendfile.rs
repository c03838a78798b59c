//! sendfile(2) on Linux: a file leaves the page cache without a copy in this process.

use std::any::Any;
use std::fs::File;
use std::io;

#[cfg(all(feature = "files", target_os = "linux"))]
use rustix::io::Errno;

/// Returns true if [`send`] can send this source.
pub(crate) fn is_supported(source: &(dyn Any + Send + Sync)) -> bool {
    cfg!(all(feature = "files", target_os = "linux")) && source.is::<File>()
}

/// Sends up to `length` bytes of a file from `offset` on. Returns their number, 0 at the end of the file, or `None` if the
/// file or its file system does not support it.
///
/// # Errors
/// `WouldBlock` if the socket's buffer is full; the socket's; the file's.
#[cfg(all(feature = "files", target_os = "linux"))]
pub(crate) fn send(
    socket: impl std::os::fd::AsFd,
    source: &(dyn Any + Send + Sync),
    mut offset: u64,
    length: usize,
) -> io::Result<Option<usize>> {
    let Some(file) = source.downcast_ref::<File>() else { return Ok(None) };
    match rustix::fs::sendfile(socket, file, Some(&mut offset), length) {
        Ok(count) => Ok(Some(count)),
        // The file system has no page cache.
        Err(Errno::INVAL | Errno::NOSYS) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns `None`: not supported.
#[cfg(not(all(feature = "files", target_os = "linux")))]
pub(crate) fn send<S>(_: S, _: &(dyn Any + Send + Sync), _: u64, _: usize) -> io::Result<Option<usize>> {
    Ok(None)
}
