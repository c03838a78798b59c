//! Law: the program uses what the system lets it have, and says nothing where that is little: the descriptors that are missing are
//! missed when they are.

/// Raises the number of descriptors that may be open to what the system allows: the usual soft limit of 1,024 is there for programs
/// that count them with select(2).
#[cfg(unix)]
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Then there are as many as there are.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
pub(crate) fn raise_descriptors() {}
