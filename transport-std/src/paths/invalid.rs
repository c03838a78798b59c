//! `InvalidPath`: why a redirect or a prefix cannot be used.

use std::fmt;

/// A [`Redirect`](super::Redirect), a set of them or a [`Prefix`](super::Prefix) that cannot be used. Formats as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPath(pub(super) String);

impl fmt::Display for InvalidPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPath {}
