//! The states of the head parser, and its cursor over complete lines.

use crate::wire::class::{FIELD_VALUE, TARGET, TOKEN};

/// The element of the head that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadState {
    Start,
    StartLf,
    Method,
    Target,
    Version,
    StatusVersion,
    StatusSpace,
    StatusCode,
    Reason,
    LineCr,
    Name,
    Value,
    Lf,
    LastLf,
    Done,
}

impl HeadState {
    /// The class of the bytes that only make the element longer.
    pub(crate) const fn class(self) -> u8 {
        match self {
            Self::Method | Self::Name => TOKEN,
            Self::Target => TARGET,
            Self::Reason | Self::Value => FIELD_VALUE,
            _ => 0,
        }
    }
}

/// Whether a parser reached the end of its element, or needs more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Complete,
    Partial,
}

/// A position in a buffer: `rest` is the part of it that has not been parsed.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) buffer: &'a [u8],
    pub(crate) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(buffer: &'a [u8], offset: usize) -> Self {
        Self { buffer, rest: buffer.get(offset..).unwrap_or(&[]) }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset_of(self.rest)
    }

    /// The offset of `tail`, which ends where the buffer ends.
    pub(crate) const fn offset_of(&self, tail: &[u8]) -> usize {
        self.buffer.len() - tail.len()
    }
}
