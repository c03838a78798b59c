//! The resumable parser of response heads, RFC 9112 sections 2, 4 and 5: a state machine over a growing buffer. It takes what
//! section 5.2 asks of a user agent, and what sections 2.2 and 5.1 allow.
//!
//! Invariant: the result does not depend on how the bytes are split, and the first byte that breaks a rule is refused
//! before the head is complete.

use crate::error::Rejection;
use crate::slice::{parse_digits, split_at};
use crate::status::Status;
use crate::wire::class::{TOKEN, is};
use crate::wire::fields::headers::Headers;
use crate::wire::grammar::{ParseResult, error};
use crate::wire::head::response::ResponseHead;
use crate::wire::head::version::Version;
use crate::wire::scan::{skip, skip_value};

/// The element of the head that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the status line; empty lines may be in front of it.
    Start,
    StartLf,
    /// Up to the status code, and the byte behind it.
    Status,
    Reason,
    /// After the CR of a line.
    Lf,
    /// At the start of a line behind the status line.
    Line,
    Name,
    /// After white space between a name and its colon.
    NameSpace,
    Value,
    LastLf,
    Done,
}

/// The resumable parser of one response head, RFC 9112 section 4. It owns no bytes: pass the same growing buffer to each call.
/// [`alone`](crate::wire::alone#responses) lists what it takes that the parser of requests refuses.
///
/// ```
/// use bantam::wire::{Method, BodyLength, ResponseHeadParser};
///
/// let message = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
/// let mut parser = ResponseHeadParser::new();
/// assert_eq!(parser.advance(&message[..10]), Ok(None));
/// let end = parser.advance(message)?.expect("complete");
/// let head = parser.response_head(message)?;
/// assert_eq!((head.status.code(), head.body_after(Method::Get)), (200, Ok(BodyLength::Known(2))));
/// assert_eq!(&message[end..], b"hi");
/// # Ok::<(), bantam::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResponseHeadParser {
    state: State,
    version: Version,
    /// The offset of the first byte that has not been parsed.
    offset: usize,
    /// The start of the status line, behind empty lines.
    line_start: usize,
    reason_end: usize,
    /// The start and the end of the field lines.
    fields: (usize, usize),
}

impl ResponseHeadParser {
    /// A parser at the start of a response. It skips empty lines in front of the head.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: State::Start,
            version: Version::Http11,
            offset: 0,
            line_start: 0,
            reason_end: 0,
            fields: (0, 0),
        }
    }

    /// Parses the bytes of `buffer` that earlier calls have not seen. Returns the offset of the end of the head, or
    /// `None` if the head is not complete. `buffer` must begin with the bytes of the earlier calls.
    ///
    /// # Errors
    /// [`Rejection::BadVersion`], [`Rejection::VersionNotSupported`], [`Rejection::BadStartLine`] or [`Rejection::BadField`]
    /// at the first byte that breaks a rule. [`Self::offset`] is then its place, and the parser cannot be used again.
    pub fn advance(&mut self, buffer: &[u8]) -> Result<Option<usize>, Rejection> {
        while self.state != State::Done {
            let mut rest = buffer.get(self.offset..).unwrap_or(&[]);
            rest = match self.state {
                State::Name => skip(rest, TOKEN),
                State::Reason | State::Value => skip_value(rest),
                _ => rest,
            };
            self.offset = buffer.len() - rest.len();
            let Some(&byte) = rest.first() else { return Ok(None) };
            self.state = self.step(byte)?;
            self.offset += 1;
        }
        Ok(Some(self.offset))
    }

    /// The number of bytes parsed: the end of a complete head, or the place of the refused byte.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The response head in `buffer`, which must hold the complete head.
    ///
    /// # Errors
    /// [`Rejection::BadStartLine`] if the head is not complete.
    pub fn response_head<'a>(&self, buffer: &'a [u8]) -> Result<ResponseHead<'a>, Rejection> {
        let part = |from: usize, to: usize| buffer.get(from..to).ok_or(Rejection::BadStartLine);
        if self.state != State::Done {
            return Err(Rejection::BadStartLine);
        }
        let code_end = self.line_start + PREFIX;
        let code = parse_digits(part(self.line_start + CODE, code_end)?);
        Ok(ResponseHead {
            version: self.version,
            status: code.and_then(|code| Status::new(code as u16)).ok_or(Rejection::BadStartLine)?,
            reason: part(code_end, self.reason_end)?.trim_ascii(),
            headers: Headers::new(part(self.fields.0, self.fields.1)?),
        })
    }

    fn step(&mut self, byte: u8) -> Result<State, Rejection> {
        match (self.state, byte) {
            (State::Start, b'\r') => Ok(State::StartLf),
            (State::Start | State::StartLf, b'\n') => Ok(State::Start),
            (State::Start, _) => {
                self.line_start = self.offset;
                self.status(byte)
            }
            (State::Status, _) => self.status(byte),
            (State::Reason, b'\r' | b'\n') => {
                self.reason_end = self.offset;
                Ok(self.line_end(byte))
            }
            (State::StartLf | State::Reason, _) => Err(Rejection::BadStartLine),
            (State::Lf, b'\n') | (State::Value, b'\r' | b'\n') => Ok(self.line_end(byte)),
            (State::Line, b'\r' | b'\n') => {
                self.fields.1 = self.offset;
                Ok(if byte == b'\n' { State::Done } else { State::LastLf })
            }
            // RFC 9112 section 5.2: the value of the field before goes on. Section 2.2: there is one before.
            (State::Line, b' ' | b'\t') if self.offset > self.fields.0 => Ok(State::Value),
            (State::Line, _) if is(byte, TOKEN) => Ok(State::Name),
            (State::Name | State::NameSpace, b' ' | b'\t') => Ok(State::NameSpace),
            (State::Name | State::NameSpace, b':') => Ok(State::Value),
            (State::LastLf, b'\n') => Ok(State::Done),
            _ => Err(Rejection::BadField),
        }
    }

    /// The state after the CR or the LF that ends a line.
    const fn line_end(&mut self, byte: u8) -> State {
        if byte == b'\r' {
            return State::Lf;
        }
        if self.fields.0 == 0 {
            self.fields.0 = self.offset + 1;
        }
        State::Line
    }

    /// `HTTP-version SP status-code`, whose bytes have fixed places, and the byte behind them.
    fn status(&mut self, byte: u8) -> Result<State, Rejection> {
        let place = self.offset - self.line_start;
        let (is_valid, rejection) = match place {
            0..MAJOR => (b"HTTP/".get(place) == Some(&byte), Rejection::BadVersion),
            MAJOR if byte.is_ascii_digit() => (byte == b'1', Rejection::VersionNotSupported),
            DOT => (byte == b'.', Rejection::BadVersion),
            MINOR => {
                self.version = if byte == b'0' { Version::Http10 } else { Version::Http11 };
                (byte.is_ascii_digit(), Rejection::BadVersion)
            }
            MAJOR => (false, Rejection::BadVersion),
            SPACE => (byte == b' ', Rejection::BadStartLine),
            // A status is 100 to 999.
            CODE..PREFIX => {
                (byte.is_ascii_digit() && (place > CODE || byte != b'0'), Rejection::BadStartLine)
            }
            _ if byte == b' ' => return Ok(State::Reason),
            // The reason phrase and the space before it may be missing.
            _ => {
                self.reason_end = self.offset;
                return match byte {
                    b'\r' | b'\n' => Ok(self.line_end(byte)),
                    _ => Err(Rejection::BadStartLine),
                };
            }
        };
        if is_valid { Ok(State::Status) } else { Err(rejection) }
    }
}

impl Default for ResponseHeadParser {
    fn default() -> Self {
        Self::new()
    }
}

/// The places in `HTTP/1.1 200`.
const MAJOR: usize = 5;
const DOT: usize = 6;
const MINOR: usize = 7;
const SPACE: usize = 8;
const CODE: usize = 9;
/// The length of `HTTP/1.1 200`.
const PREFIX: usize = 12;

/// A complete response head at the front of `input`, as a nom parser (of the *streaming* kind).
///
/// # Errors
/// `Incomplete` if more bytes are needed; otherwise a [`ParseError`](crate::wire::ParseError) with the place and the [`Rejection`].
pub fn response_head(input: &[u8]) -> ParseResult<'_, ResponseHead<'_>> {
    let mut parser = ResponseHeadParser::new();
    let result = match parser.advance(input) {
        Ok(None) => return Err(nom::Err::Incomplete(nom::Needed::Unknown)),
        Ok(Some(_)) => parser.response_head(input),
        Err(rejection) => Err(rejection),
    };
    let (_, rest) = split_at(input, parser.offset());
    match result {
        Ok(head) => Ok((rest, head)),
        Err(rejection) => error(rest, rejection),
    }
}

/// Replaces the CR and LF of each folded line (`obs-fold`) in a response head by spaces, as RFC 9112 section 5.2 asks of a user
/// agent before it reads a value. `head` is a complete head that was accepted; its length does not change.
///
/// ```
/// use bantam::wire::{response_head, unfold};
///
/// let mut bytes = *b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n";
/// unfold(&mut bytes);
/// assert_eq!(response_head(&bytes).unwrap().1.headers.first("x"), Some(&b"a   b"[..]));
/// ```
pub fn unfold(head: &mut [u8]) {
    // From the end, so that the byte behind is known.
    let (mut behind, mut is_fold) = (0, false);
    for byte in head.iter_mut().rev() {
        is_fold = match *byte {
            b'\n' => matches!(behind, b' ' | b'\t'),
            b'\r' => is_fold,
            _ => false,
        };
        behind = *byte;
        if is_fold {
            *byte = b' ';
        }
    }
}
