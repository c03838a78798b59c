//! The free space of the file system of a directory (fstatvfs).

use cap_std::fs::Dir;

/// The bytes that are free for users without privileges; `None` where the system does not say.
#[cfg(unix)]
#[allow(clippy::useless_conversion, reason = "the types differ between systems")]
pub(super) fn free_space(dir: &Dir) -> Option<u64> {
    let found = rustix::fs::fstatvfs(dir).ok()?;
    u64::from(found.f_bavail).checked_mul(u64::from(found.f_frsize))
}

#[cfg(not(unix))]
pub(super) fn free_space(_: &Dir) -> Option<u64> {
    None
}
