//! The decoder of `multipart/form-data`, RFC 7578 and RFC 2046 section 5.1: resumable, in place.
//!
//! Invariant: the parts are the same at every split, and what is neither head nor data has a limit.

use crate::error::Rejection;
use crate::slice::split_at;
use crate::wire::body::chunk::ChunkDecoder;
use crate::wire::body::state::ChunkState;
use crate::wire::multipart::boundary::Boundary;
use crate::wire::multipart::error::MultipartError;

/// What [`MultipartDecoder::decode`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultipartEvent<'a> {
    /// Nothing: what was consumed belongs to a delimiter, or stands before the first or behind the last one.
    Framing,
    /// Bytes of the head of a part, and whether they are its last ones. A [`PartHead`](crate::wire::PartHead) is parsed from all of
    /// them.
    Head(&'a [u8], bool),
    /// Bytes of the data of the part.
    Data(&'a [u8]),
    /// The part is complete.
    PartEnd,
}

/// The result of [`MultipartDecoder::decode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultipartStep<'a> {
    /// The number of input bytes consumed. It can be 0 with data, which then was consumed before: it could have been a delimiter.
    pub used: usize,
    /// What has been found.
    pub event: MultipartEvent<'a>,
}

/// An event without its bytes, which are the first [`MultipartDecoder::length`] ones of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MultipartPiece {
    Framing,
    Head,
    /// The last bytes of a head.
    HeadEnd,
    Data,
    /// Data that is not in the input but [`MultipartDecoder::held`].
    Held,
    PartEnd,
    /// The end of the body, which the decoder does not see.
    #[cfg(feature = "server")]
    End,
}

/// A decoder of `multipart/form-data`, with some 40 bytes of state. The data of a part is a part of its input, or of the boundary; the
/// head of a part goes to the caller, which collects it.
///
/// ```
/// use bantam::wire::{Boundary, MultipartDecoder, MultipartError, MultipartEvent, PartHead};
///
/// let mut decoder = MultipartDecoder::new(Boundary::new(b"xyz").expect("valid"));
/// let (mut head, mut data) = (Vec::new(), Vec::new());
/// let parts = ["--xyz\r\nContent-Disp", "osition: form-data; name=\"a\"\r\n\r\nhel", "lo\r\n--x", "yz--\r\n"];
/// for part in parts {
///     let mut input = part.as_bytes();
///     while !input.is_empty() {
///         let step = decoder.decode(input)?;
///         match step.event {
///             MultipartEvent::Head(bytes, _) => head.extend_from_slice(bytes),
///             MultipartEvent::Data(bytes) => data.extend_from_slice(bytes),
///             MultipartEvent::PartEnd => assert_eq!(PartHead::parse(&head)?.name, "a"),
///             MultipartEvent::Framing => {}
///         }
///         input = &input[step.used..];
///     }
/// }
/// decoder.finish()?;
/// assert_eq!(data, b"hello");
/// # Ok::<(), MultipartError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultipartDecoder<'b> {
    pub(super) boundary: &'b [u8],
    /// The field lines of a head are those of a trailer section.
    head: ChunkDecoder,
    parts_left: u16,
    overhead: u16,
    /// The bytes of the next delimiter that have been consumed.
    pub(super) matched: u8,
    /// Those of them, at the front, that are not data even if no delimiter follows.
    pub(super) passed: u8,
    /// The input bytes that the last call has consumed.
    pub(crate) used: usize,
    /// Those of them, or of what is held, that its event has.
    pub(crate) length: usize,
    state: State,
    /// Whether the next delimiter ends a part: behind the head of one.
    pub(crate) in_part: bool,
}

/// What the next byte is. States that share code are neighbours: less code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Preamble,
    Epilogue,
    Data,
    /// Before the first byte of a head.
    BeforeHead,
    Head,
    /// Behind a boundary.
    Boundary,
    /// Behind a hyphen.
    Hyphen,
    /// In the white space behind a boundary.
    Padding,
    /// Behind the CR that ends the line of a boundary.
    Lf,
    /// Behind the two hyphens of the last boundary.
    Last,
    /// Behind the CR of its line.
    LastLf,
    Failed,
}

impl<'b> MultipartDecoder<'b> {
    /// The limit of a part's head in bytes, and of all bytes that are neither a head nor data nor plain delimiters: what stands
    /// before the first and behind the last part, and white space behind boundaries.
    pub const MAX_OVERHEAD: u16 = ChunkDecoder::MAX_OVERHEAD;
    /// The limit of parts, unless [`Self::max_parts`] sets another.
    pub const MAX_PARTS: u16 = 1000;

    /// A decoder at the start of a body.
    #[must_use]
    pub const fn new(boundary: Boundary<'b>) -> Self {
        Self {
            boundary: boundary.as_bytes(),
            head: ChunkDecoder::START,
            parts_left: Self::MAX_PARTS,
            overhead: 0,
            matched: 2,
            passed: 2,
            used: 0,
            length: 0,
            state: State::Preamble,
            in_part: false,
        }
    }

    /// Sets the limit of parts.
    #[must_use]
    pub const fn max_parts(mut self, parts: u16) -> Self {
        self.parts_left = parts;
        self
    }

    /// Returns true behind the last boundary. What follows is consumed, and checked for boundaries.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Last | State::Epilogue)
    }

    /// States that the body has ended.
    ///
    /// # Errors
    /// [`MultipartError::Truncated`] before the last boundary, and after an error of [`Self::decode`].
    pub const fn finish(&self) -> Result<(), MultipartError> {
        if self.is_done() { Ok(()) } else { Err(MultipartError::Truncated) }
    }

    /// Decodes `input` up to an event or its end. Consumes nothing of an empty input.
    ///
    /// # Errors
    /// Every [`MultipartError`] but `NoBoundary` and `Truncated`. Each further call fails, too.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<MultipartStep<'a>, MultipartError>
    where
        'b: 'a,
    {
        let piece = self.advance(input)?;
        let (bytes, _) = split_at(input, self.length);
        let event = match piece {
            MultipartPiece::Framing => MultipartEvent::Framing,
            MultipartPiece::Head => MultipartEvent::Head(bytes, false),
            MultipartPiece::HeadEnd => MultipartEvent::Head(bytes, true),
            MultipartPiece::Data => MultipartEvent::Data(bytes),
            MultipartPiece::Held => MultipartEvent::Data(self.held()),
            MultipartPiece::PartEnd => MultipartEvent::PartEnd,
            #[cfg(feature = "server")]
            MultipartPiece::End => MultipartEvent::Framing,
        };
        Ok(MultipartStep { used: self.used, event })
    }

    /// Returns true if the next byte is the first one of a head.
    #[cfg(feature = "server")]
    pub(crate) fn is_before_head(&self) -> bool {
        self.state == State::BeforeHead
    }

    /// Like [`Self::decode`], without a borrow of the input in its result.
    pub(crate) fn advance(&mut self, input: &[u8]) -> Result<MultipartPiece, MultipartError> {
        (self.used, self.length) = (0, 0);
        let result = self.try_advance(input);
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    fn try_advance(&mut self, input: &[u8]) -> Result<MultipartPiece, MultipartError> {
        while let rest @ [byte, ..] = split_at(input, self.used).1 {
            match self.state {
                State::Preamble | State::Epilogue | State::Data => {
                    let (length, used) = self.search(rest);
                    self.used += used;
                    let is_data = self.state == State::Data;
                    if !is_data {
                        self.add_overhead(length)?;
                    }
                    if self.delimiter_is_complete() {
                        if self.state == State::Epilogue {
                            return Err(MultipartError::BadDelimiter);
                        }
                        self.state = State::Boundary;
                    }
                    // A delimiter consumes its bytes only behind all data: this call has consumed nothing before it.
                    if is_data && length > 0 {
                        self.length = length;
                        return Ok(if used == 0 { MultipartPiece::Held } else { MultipartPiece::Data });
                    }
                }
                // A head begins with a call.
                State::BeforeHead | State::Head => return self.head(input),
                state => {
                    self.used += 1;
                    if self.delimiter_byte(state, *byte)? {
                        let ends_part = core::mem::take(&mut self.in_part);
                        return Ok(if ends_part { MultipartPiece::PartEnd } else { MultipartPiece::Framing });
                    }
                }
            }
        }
        Ok(MultipartPiece::Framing)
    }

    /// Consumes a byte behind a boundary. Returns true if the delimiter is complete: a head then begins at the front of the next
    /// input.
    fn delimiter_byte(&mut self, state: State, byte: u8) -> Result<bool, MultipartError> {
        use State::{BeforeHead, Boundary, Epilogue, Hyphen, Last, LastLf, Lf, Padding};
        /// A table is half as large as a `match`.
        const NEXT: [(State, u8, State); 13] = [
            (Boundary, b'-', Hyphen),
            (Boundary, b'\r', Lf),
            (Boundary, b' ', Padding),
            (Boundary, b'\t', Padding),
            (Padding, b'\r', Lf),
            (Padding, b' ', Padding),
            (Padding, b'\t', Padding),
            (Lf, b'\n', BeforeHead),
            (Hyphen, b'-', Last),
            (Last, b' ', Last),
            (Last, b'\t', Last),
            (Last, b'\r', LastLf),
            (LastLf, b'\n', Epilogue),
        ];
        let found = NEXT.iter().find(|(from, by, _)| *from == state && *by == byte);
        let next = found.ok_or(MultipartError::BadDelimiter)?.2;
        self.state = next;
        match next {
            Padding | Last => self.add_overhead(usize::from(state != Hyphen))?,
            BeforeHead => {
                if self.parts_left == 0 {
                    return Err(MultipartError::TooManyParts);
                }
                self.parts_left -= 1;
                self.head = ChunkDecoder::START;
                self.head.state = ChunkState::Trailer;
            }
            Epilogue => self.restart_search(),
            _ => {}
        }
        Ok(next == BeforeHead || state == Hyphen)
    }

    fn head(&mut self, input: &[u8]) -> Result<MultipartPiece, MultipartError> {
        self.state = State::Head;
        for byte in input {
            self.head.state = match self.head.step_byte(self.head.state, *byte) {
                Ok(state) => state,
                Err(Rejection::ChunkOverhead) => return Err(MultipartError::TooLong),
                Err(_) => return Err(MultipartError::BadHead),
            };
            self.used += 1;
            self.length = self.used;
            if self.head.is_done() {
                // RFC 2046 section 5.1: the empty line may be the line end of a delimiter.
                self.restart_search();
                (self.state, self.in_part) = (State::Data, true);
                return Ok(MultipartPiece::HeadEnd);
            }
        }
        Ok(MultipartPiece::Head)
    }

    fn add_overhead(&mut self, bytes: usize) -> Result<(), MultipartError> {
        let sum = usize::from(self.overhead) + bytes;
        if sum > usize::from(Self::MAX_OVERHEAD) {
            return Err(MultipartError::TooLong);
        }
        self.overhead = sum as u16;
        Ok(())
    }
}
