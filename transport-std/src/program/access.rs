//! Whether this process may write a file, by access(2): no file is opened, made or changed.

use std::fs::File;
use std::io;
use std::path::Path;

/// Returns an error if the path cannot be opened to append to it, or made where it does not exist.
pub(crate) fn append_to(path: &Path) -> io::Result<()> {
    match path.metadata() {
        // The open fails, with the error of the system.
        Ok(found) if found.is_dir() => File::options().append(true).open(path).map(drop),
        Ok(_) => is_writable(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create_beside(path),
        Err(error) => Err(error),
    }
}

/// Returns an error if no file can be made in the directory of the path.
pub(crate) fn create_beside(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match parent.metadata()?.is_dir() {
        true => is_writable(parent),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

#[cfg(unix)]
fn is_writable(path: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};

    let mut wanted = Access::WRITE_OK;
    if path.is_dir() {
        wanted |= Access::EXEC_OK;
    }
    // By the user whose rights an open would be judged by.
    accessat(CWD, path, wanted, AtFlags::EACCESS).map_err(io::Error::from)
}

/// The attribute is all that is known without an open.
#[cfg(not(unix))]
fn is_writable(path: &Path) -> io::Result<()> {
    let denied = path.is_file() && path.metadata()?.permissions().readonly();
    if denied { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}
