//! The limit of open descriptors (RLIMIT_NOFILE).

/// Raises the soft limit to the hard limit. The usual soft limit of 1,024 exists for programs that call select(2).
#[cfg(unix)]
pub(crate) fn raise_nofile_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it fails the server goes on with fewer connections.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
pub(crate) fn raise_nofile_limit() {}
