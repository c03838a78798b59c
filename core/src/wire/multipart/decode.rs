//! The decoder of `multipart/form-data`, RFC 7578 and RFC 2046 section 5.1: resumable, in place.
//!
//! Invariant: the parts are the same at every split, and what is neither head nor data has a limit.

use crate::error::Rejection;
use crate::slice::split_at;
use crate::wire::body::chunk::ChunkDecoder;
use crate::wire::body::state::ChunkState;
use crate::wire::multipart::boundary::Boundary;
use crate::wire::multipart::delimiter::{Found, Search};
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

/// An event without its bytes: how many there are, at the front of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MultipartPiece<'b> {
    Framing,
    Head {
        length: usize,
        is_last: bool,
    },
    Data {
        length: usize,
    },
    /// Data that is not in the input.
    Held(&'b [u8]),
    PartEnd,
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
    boundary: &'b [u8],
    /// The field lines of a head are those of a trailer section.
    head: ChunkDecoder,
    parts_left: u16,
    overhead: u16,
    search: Search,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Preamble,
    /// Behind a boundary.
    Boundary {
        ends_part: bool,
    },
    /// Behind a hyphen.
    Hyphen {
        ends_part: bool,
    },
    /// In the white space behind a boundary.
    Padding {
        ends_part: bool,
    },
    /// Behind the CR that ends the line of a boundary.
    Lf {
        ends_part: bool,
    },
    Head,
    Data,
    /// Behind the two hyphens of the last boundary.
    Last,
    /// Behind the CR of its line.
    LastLf,
    Epilogue,
    Failed(MultipartError),
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
            search: Search::AT_LINE,
            state: State::Preamble,
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
    /// [`MultipartError::Truncated`] before the last boundary; the error of [`Self::decode`], if there was one.
    pub const fn finish(&self) -> Result<(), MultipartError> {
        match self.state {
            State::Last | State::Epilogue => Ok(()),
            State::Failed(error) => Err(error),
            _ => Err(MultipartError::Truncated),
        }
    }

    /// Decodes `input` up to an event or its end. Consumes nothing of an empty input.
    ///
    /// # Errors
    /// Every [`MultipartError`] but `NoBoundary` and `Truncated`; each further call then returns the same.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<MultipartStep<'a>, MultipartError>
    where
        'b: 'a,
    {
        let (piece, used) = self.advance(input)?;
        let event = match piece {
            MultipartPiece::Framing => MultipartEvent::Framing,
            MultipartPiece::Head { length, is_last } => {
                MultipartEvent::Head(split_at(input, length).0, is_last)
            }
            MultipartPiece::Data { length } => MultipartEvent::Data(split_at(input, length).0),
            MultipartPiece::Held(data) => MultipartEvent::Data(data),
            MultipartPiece::PartEnd => MultipartEvent::PartEnd,
        };
        Ok(MultipartStep { used, event })
    }

    /// Like [`Self::decode`], without a borrow of the input in its result.
    pub(crate) fn advance(&mut self, input: &[u8]) -> Result<(MultipartPiece<'b>, usize), MultipartError> {
        let result = self.try_advance(input);
        if let Err(error) = result {
            self.state = State::Failed(error);
        }
        result
    }

    fn try_advance(&mut self, input: &[u8]) -> Result<(MultipartPiece<'b>, usize), MultipartError> {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            let consumed = input.len() - rest.len();
            match self.state {
                State::Preamble | State::Epilogue | State::Data => {
                    let (found, used) = self.search.next(self.boundary, rest);
                    let is_data = self.state == State::Data;
                    if !is_data {
                        self.add_overhead(match found {
                            Found::Data(length) => length,
                            Found::Held(data) => data.len(),
                        })?;
                    }
                    if self.search.is_complete(self.boundary) {
                        if self.state == State::Epilogue {
                            return Err(MultipartError::BadDelimiter);
                        }
                        self.state = State::Boundary { ends_part: is_data };
                    }
                    // A delimiter consumes its bytes only behind all data: this call has consumed nothing yet.
                    match found {
                        Found::Data(length) if is_data && length > 0 => {
                            return Ok((MultipartPiece::Data { length }, used));
                        }
                        Found::Held(data) if is_data => return Ok((MultipartPiece::Held(data), 0)),
                        _ => {}
                    }
                    rest = split_at(rest, used).1;
                }
                State::Head => {
                    // A head begins with a call.
                    let (length, is_last) = self.head(rest)?;
                    return Ok((MultipartPiece::Head { length, is_last }, length));
                }
                state => {
                    let piece = self.delimiter_byte(state, byte)?;
                    rest = tail;
                    if let Some(piece) = piece {
                        return Ok((piece, consumed + 1));
                    }
                }
            }
        }
        Ok((MultipartPiece::Framing, input.len()))
    }

    /// Consumes a byte behind a boundary. Returns a piece if the delimiter is complete, so that a head begins at the front of the next
    /// input.
    fn delimiter_byte(
        &mut self,
        state: State,
        byte: u8,
    ) -> Result<Option<MultipartPiece<'b>>, MultipartError> {
        use State::{Boundary, Epilogue, Failed, Head, Hyphen, Last, LastLf, Lf, Padding};
        let end = |ends_part| if ends_part { MultipartPiece::PartEnd } else { MultipartPiece::Framing };
        self.state = match (state, byte) {
            (Boundary { ends_part }, b'-') => Hyphen { ends_part },
            (Boundary { ends_part } | Padding { ends_part }, b'\r') => Lf { ends_part },
            (Boundary { ends_part } | Padding { ends_part }, b' ' | b'\t') => {
                self.add_overhead(1)?;
                Padding { ends_part }
            }
            (Lf { ends_part }, b'\n') => {
                self.parts_left = self.parts_left.checked_sub(1).ok_or(MultipartError::TooManyParts)?;
                self.head = ChunkDecoder::START;
                self.head.state = ChunkState::Trailer;
                self.state = Head;
                return Ok(Some(end(ends_part)));
            }
            (Hyphen { ends_part }, b'-') => {
                self.state = Last;
                return Ok(Some(end(ends_part)));
            }
            (Last, b' ' | b'\t') => {
                self.add_overhead(1)?;
                Last
            }
            (Last, b'\r') => LastLf,
            (LastLf, b'\n') => {
                self.search = Search::AT_LINE;
                Epilogue
            }
            (Failed(error), _) => return Err(error),
            _ => return Err(MultipartError::BadDelimiter),
        };
        Ok(None)
    }

    /// The number of bytes at the front of `input` that belong to the head of the part, and whether they are its last.
    fn head(&mut self, input: &[u8]) -> Result<(usize, bool), MultipartError> {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            self.head.state = match self.head.step_byte(self.head.state, byte) {
                Ok(state) => state,
                Err(Rejection::ChunkOverhead) => return Err(MultipartError::TooLong),
                Err(_) => return Err(MultipartError::BadHead),
            };
            rest = tail;
            if self.head.is_done() {
                // RFC 2046 section 5.1: the empty line may be the line end of a delimiter.
                (self.search, self.state) = (Search::AT_LINE, State::Data);
                return Ok((input.len() - rest.len(), true));
            }
        }
        Ok((input.len(), false))
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
