//! The errors of a serial line.

use embedded_io::{Error, ErrorKind};

/// An error of a [`TimedStream`](super::TimedStream).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SerialError<E> {
    /// The deadline of the phase has passed.
    TimedOut,
    /// The stream failed.
    Stream(E),
}

impl<E: core::fmt::Display> core::fmt::Display for SerialError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the serial line timed out"),
            Self::Stream(error) => error.fmt(f),
        }
    }
}

impl<E: core::fmt::Debug + core::fmt::Display> core::error::Error for SerialError<E> {}

impl<E: Error> Error for SerialError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Stream(error) => error.kind(),
        }
    }
}
