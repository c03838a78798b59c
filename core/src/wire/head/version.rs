//! The version of a message: RFC 9112 section 2.3.

/// The version of a message, RFC 9112 section 2.3. A higher minor version counts as 1.1 (RFC 9110 section 2.5), and other
/// major versions are refused, so the enum is exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}
