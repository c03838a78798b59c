//! [`Fault`]: why an exchange did not end as the page meant it to.

use crate::error::{Error, Misuse, Rejection};
use crate::status::Status;

/// Why an exchange did not end as the page meant it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The peer's fault.
    Rejection(Rejection),
    /// The page's fault.
    Misuse(Misuse),
    /// The stream failed, or took no more bytes.
    Stream,
}

impl<E> From<&Error<E>> for Fault {
    fn from(error: &Error<E>) -> Self {
        match error {
            Error::Rejection(rejection) => Self::Rejection(*rejection),
            Error::Misuse(misuse) => Self::Misuse(*misuse),
            Error::Io(_) | Error::Closed => Self::Stream,
        }
    }
}

impl Fault {
    /// The status of the answer to this fault.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Rejection(rejection) => rejection.status(),
            Self::Misuse(_) | Self::Stream => Status::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Rejection(rejection) => rejection.reason(),
            Self::Misuse(_) | Self::Stream => "This page failed.",
        }
    }
}
