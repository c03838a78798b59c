//! [`MultipartError`]: why a `multipart/form-data` body is refused.

use core::fmt;

use crate::error::Rejection;

/// Why a `multipart/form-data` body is refused: an error of the peer, with one sentence for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultipartError {
    /// `Content-Type` is missing, repeated or not `multipart/form-data`, or has no single valid `boundary` (RFC 2046 section 5.1.1).
    NoBoundary,
    /// What follows a boundary at the start of a line is neither the end of the line nor `--` (RFC 2046 section 5.1.1), or a
    /// boundary follows the last one.
    BadDelimiter,
    /// The head of a part is not made of field lines, or its `Content-Disposition` is missing or not valid (RFC 7578 section
    /// 4.2), or it has an encoding (section 4.7).
    BadHead,
    /// The head of a part, or what is neither head nor data, is longer than its limit or than the memory for it.
    TooLong,
    /// There are more parts than the limit.
    TooManyParts,
    /// The body ended before its last boundary.
    Truncated,
}

impl MultipartError {
    /// One sentence for the peer.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoBoundary => "The content type is not multipart/form-data with a boundary.",
            Self::BadDelimiter => "A boundary of the form is not valid.",
            Self::BadHead => "The head of a part of the form is not valid.",
            Self::TooLong => "The head of a part of the form is too long.",
            Self::TooManyParts => "The form has too many parts.",
            Self::Truncated => "The form ended too early.",
        }
    }
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for MultipartError {}

/// 413 for what exceeds a limit, otherwise 400.
impl From<MultipartError> for Rejection {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::TooLong | MultipartError::TooManyParts => Self::ContentTooLarge,
            MultipartError::Truncated => Self::Truncated,
            _ => Self::BadInput,
        }
    }
}
