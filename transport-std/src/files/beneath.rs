//! openat2(2): opens a path below a directory with one call, as the kernel resolves it.
//!
//! Invariant: the kernel refuses what leads out of the directory: `..`, links, and links of procfs.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

/// Opens a relative path to read it. Waits for no writer of a FIFO (O_NONBLOCK), and a terminal does not become the
/// controlling one (O_NOCTTY). Returns `None` where the kernel cannot say: the call does not exist, a filter of system calls
/// refuses it, a rename or a lease is in its way. The caller then opens it another way.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] for a path that leads out of the directory, as of a file that may not be read; `LOOP` for a
/// link that is not followed; the system's.
pub(super) fn open(directory: impl AsFd, path: &Path, follows_links: bool) -> io::Result<Option<File>> {
    let links = if follows_links { ResolveFlags::empty() } else { ResolveFlags::NO_SYMLINKS };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | links;
    match openat2(directory, path, flags, Mode::empty(), resolve) {
        Ok(file) => Ok(Some(file.into())),
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => Ok(None),
        Err(Errno::XDEV) => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "it leads out of the directory"))
        }
        Err(error) => Err(error.into()),
    }
}
