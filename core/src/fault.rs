//! [`Fault`]: why an exchange did not end as the page meant it to, for observers.

use crate::error::{Error, Misuse, Rejection};
use crate::status::Status;

/// Why an exchange did not end as the page meant it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The peer broke a rule, or asked for what there is not.
    Rejection(Rejection),
    /// The page broke a rule of this crate.
    Misuse(Misuse),
    /// The source of the response, such as a file, could not be read.
    Source,
    /// The stream failed, or took no more bytes.
    Stream,
}

impl Fault {
    /// The status that this fault is answered with.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Rejection(rejection) => rejection.status(),
            Self::Misuse(_) | Self::Source | Self::Stream => Status::INTERNAL_SERVER_ERROR,
        }
    }

    /// One sentence for the client.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Rejection(rejection) => rejection.reason(),
            Self::Misuse(_) | Self::Source | Self::Stream => "This page failed.",
        }
    }
}

impl<E> From<&Error<E>> for Fault {
    fn from(error: &Error<E>) -> Self {
        match error {
            Error::Rejection(rejection) => Self::Rejection(*rejection),
            Error::Misuse(misuse) => Self::Misuse(*misuse),
            Error::Source => Self::Source,
            Error::Io(_) | Error::Closed => Self::Stream,
        }
    }
}
