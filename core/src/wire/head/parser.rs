//! The resumable parser of request heads, RFC 9112 sections 2, 3 and 5: a state machine over a growing buffer.
//!
//! Invariant: the result does not depend on how the bytes are split, and the first byte that breaks a rule is refused
//! before the head is complete.

use crate::error::Rejection;
use crate::slice::trim;
use crate::wire::class::{DIGIT, FIELD_VALUE, TARGET, TOKEN, is};
use crate::wire::fields::index::FieldIndex;
use crate::wire::head::framing::FramingFields;
use crate::wire::head::lines::{Cursor, Progress, RequestLineHint, parse_field_lines, parse_request_line};
use crate::wire::head::version::Version;
use crate::wire::scan::{FAST, skip, skip_value};

/// The element of the head that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadState {
    Start,
    StartLf,
    Method,
    Target,
    Version,
    LineCr,
    Name,
    Value,
    Lf,
    LastLf,
    Done,
}

impl HeadState {
    /// The class of the bytes that only make the element longer.
    const fn class(self) -> u8 {
        match self {
            Self::Method | Self::Name => TOKEN,
            Self::Target => TARGET,
            Self::Value => FIELD_VALUE,
            _ => 0,
        }
    }
}

/// The resumable parser of one request head, RFC 9112 section 3. It owns no bytes: pass the same growing buffer to each call.
/// [`ResponseHeadParser`](crate::wire::ResponseHeadParser) is that of responses.
///
/// ```
/// use bantam::wire::HeadParser;
///
/// let message = b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nrest";
/// let mut parser = HeadParser::request();
/// assert_eq!(parser.advance(&message[..10]), Ok(None));
/// let end = parser.advance(message)?.expect("complete");
/// let head = parser.request_head(message)?;
/// assert_eq!((head.uri.path, head.uri.query, &message[end..]), ("/a", Some("b"), &b"rest"[..]));
/// # Ok::<(), bantam::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeadParser {
    state: HeadState,
    pub(crate) version: Version,
    /// What is known of a request line that was parsed in one pass; absent on small targets.
    pub(crate) request_line: [RequestLineHint; FAST as usize],
    /// The offset of the first byte that has not been parsed.
    offset: usize,
    element_start: usize,
    /// The end of the current field's name.
    name_end: usize,
    /// The start of the start line, behind the empty lines that RFC 9112 section 2.2 allows.
    pub(crate) line_start: usize,
    pub(crate) method_end: usize,
    pub(crate) target_end: usize,
    /// The start and the end of the field lines.
    pub(crate) fields: (usize, usize),
    pub(crate) framing: FramingFields,
    pub(crate) index: FieldIndex,
}

impl HeadParser {
    /// A parser of a request head. It skips empty lines in front of the head.
    #[must_use]
    pub const fn request() -> Self {
        Self {
            state: HeadState::Start,
            version: Version::Http11,
            request_line: [RequestLineHint::NONE; FAST as usize],
            offset: 0,
            element_start: 0,
            name_end: 0,
            line_start: 0,
            method_end: 0,
            target_end: 0,
            fields: (0, 0),
            framing: FramingFields::EMPTY,
            index: FieldIndex::new(),
        }
    }

    /// Parses the bytes of `buffer` that earlier calls have not seen. Returns the offset of the end of the head, or
    /// `None` if the head is not complete. `buffer` must begin with the bytes of the earlier calls.
    ///
    /// # Errors
    /// The [`Rejection`] of the first byte, or of the first complete field, that breaks a rule. [`Self::offset`] is then
    /// its place, and the parser cannot be used again.
    #[inline]
    pub fn advance(&mut self, buffer: &[u8]) -> Result<Option<usize>, Rejection> {
        // A single byte is mostly in the middle of an element.
        if FAST
            && let Some([byte]) = buffer.get(self.offset..)
            && is(*byte, self.state.class())
        {
            self.offset += 1;
            return Ok(None);
        }
        self.parse(buffer)
    }

    fn parse(&mut self, buffer: &[u8]) -> Result<Option<usize>, Rejection> {
        let mut cursor = Cursor::new(buffer, self.offset);
        if FAST
            && self.state == HeadState::Start
            && let Some(line) = parse_request_line(&mut cursor)
        {
            self.request_line = [line.hint; FAST as usize];
            (self.line_start, self.method_end, self.target_end) =
                (line.start, line.method_end, line.target_end);
            self.element_start = cursor.offset();
            self.fields.0 = self.element_start;
            self.state = HeadState::Name;
            let progress = self.parse_field_lines(&mut cursor);
            self.offset = cursor.offset();
            if progress != Ok(Progress::Partial) {
                return progress.map(|_| Some(self.offset));
            }
        }
        self.parse_bytes(buffer)
    }

    /// The number of bytes parsed: the end of a complete head, or the place of the refused byte.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns true if a byte of the message itself has been parsed. Empty lines in front of a request do not count.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        !matches!(self.state, HeadState::Start | HeadState::StartLf)
    }

    /// The rejection of a head that fills the caller's buffer: by its method (RFC 9112 section 3), its target or its fields.
    #[must_use]
    pub const fn too_long(&self) -> Rejection {
        match self.state {
            HeadState::Method => Rejection::NotImplemented,
            _ if self.is_in_start_line() => Rejection::UriTooLong,
            _ => Rejection::HeadTooLarge,
        }
    }

    const fn is_in_start_line(&self) -> bool {
        self.fields.0 == 0
    }

    #[inline(always)]
    fn parse_field_lines(&mut self, cursor: &mut Cursor<'_>) -> Result<Progress, Rejection> {
        let progress = parse_field_lines(cursor, self.fields.0, &mut self.framing, &mut self.index)?;
        self.element_start = cursor.offset();
        if progress == Progress::Complete {
            self.fields.1 = self.element_start - 2;
            self.state = HeadState::Done;
        }
        Ok(progress)
    }

    /// Parses element by element, however few bytes there are.
    #[inline(never)]
    fn parse_bytes(&mut self, buffer: &[u8]) -> Result<Option<usize>, Rejection> {
        while self.state != HeadState::Done {
            let Some(&byte) = buffer.get(self.offset) else { return Ok(None) };
            self.state = match self.state {
                HeadState::Start if byte == b'\r' => self.step(HeadState::StartLf),
                HeadState::Start => {
                    self.line_start = self.offset;
                    self.element_start = self.line_start;
                    HeadState::Method
                }
                HeadState::StartLf if byte == b'\n' => self.step(HeadState::Start),
                element @ (HeadState::Method | HeadState::Target) => {
                    let Some(end) = self.skip(buffer, element.class()) else { return Ok(None) };
                    let is_method = element == HeadState::Method;
                    let is_empty = end == self.element_start;
                    if is_empty || !self.eat(buffer, b' ') {
                        let is_bad_line = is_method || is_empty;
                        return Err(if is_bad_line { Rejection::BadStartLine } else { Rejection::BadTarget });
                    }
                    if is_method {
                        self.method_end = end;
                        self.element_start = end + 1;
                        HeadState::Target
                    } else {
                        self.target_end = end;
                        HeadState::Version
                    }
                }
                HeadState::Version => match self.parse_version(buffer)? {
                    Progress::Complete => HeadState::LineCr,
                    Progress::Partial => return Ok(None),
                },
                HeadState::LineCr if byte == b'\r' => self.step(HeadState::Lf),
                HeadState::Lf | HeadState::Name | HeadState::Value => match self.parse_lines(buffer)? {
                    Progress::Complete => continue,
                    Progress::Partial => return Ok(None),
                },
                HeadState::LastLf if byte == b'\n' => self.step(HeadState::Done),
                HeadState::LastLf => return Err(Rejection::BadField),
                _ => return Err(Rejection::BadStartLine),
            };
        }
        Ok(Some(self.offset))
    }

    /// Moves past the bytes of `classes`. Returns the offset of their end; `None` if the element may go on.
    fn skip(&mut self, buffer: &[u8], classes: u8) -> Option<usize> {
        let rest = skip(buffer.get(self.offset..).unwrap_or(&[]), classes);
        self.offset = buffer.len() - rest.len();
        if rest.is_empty() { None } else { Some(self.offset) }
    }

    const fn step(&mut self, next: HeadState) -> HeadState {
        self.offset += 1;
        next
    }

    /// Moves past `byte` if it is the next one.
    fn eat(&mut self, buffer: &[u8], byte: u8) -> bool {
        let is_next = buffer.get(self.offset) == Some(&byte);
        self.offset += usize::from(is_next);
        is_next
    }

    /// `HTTP-version`, RFC 9112 section 2.3, up to the first byte that cannot be part of one.
    #[inline(always)]
    fn parse_version(&mut self, buffer: &[u8]) -> Result<Progress, Rejection> {
        const NAME: &[u8] = b"HTTP/";
        let rest = buffer.get(self.offset..).unwrap_or(&[]);
        let same = rest.iter().zip(NAME).take_while(|(byte, expected)| byte == expected).count();
        let number = rest.get(same..).unwrap_or(&[]);
        let (valid, result) = match number {
            [] => return Ok(Progress::Partial),
            _ if same < NAME.len() => (0, Err(Rejection::BadVersion)),
            [b'1', b'.', minor, ..] if is(*minor, DIGIT) => {
                self.version = if *minor == b'0' { Version::Http10 } else { Version::Http11 };
                (3, Ok(Progress::Complete))
            }
            [major, b'.', minor, ..] if is(*major, DIGIT) && is(*minor, DIGIT) => {
                (0, Err(Rejection::VersionNotSupported))
            }
            [major] | [major, b'.'] if is(*major, DIGIT) => return Ok(Progress::Partial),
            [major, b'.', ..] if is(*major, DIGIT) => (2, Err(Rejection::BadVersion)),
            [major, ..] => (usize::from(is(*major, DIGIT)), Err(Rejection::BadVersion)),
        };
        self.offset += same + valid;
        result
    }

    /// Field lines from any byte of them on, and the LF before them, up to the end of the empty line's CR. In one pass: a step of the
    /// machine for each element of a line would cost half of its instructions on small targets.
    // Apart from the start line, so that the loop over the lines has the registers.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn parse_lines(&mut self, buffer: &[u8]) -> Result<Progress, Rejection> {
        let (mut state, mut line, mut name_end) = (self.state, self.element_start, self.name_end);
        let mut rest = buffer.get(self.offset..).unwrap_or(&[]);
        let progress = loop {
            if state == HeadState::Name {
                if buffer.len() - rest.len() == line {
                    // The whole line may be there.
                    if FAST {
                        let mut cursor = Cursor { buffer, rest };
                        let progress = self.parse_field_lines(&mut cursor);
                        rest = cursor.rest;
                        line = self.element_start;
                        match progress {
                            Ok(Progress::Partial) => {}
                            Ok(Progress::Complete) => {
                                state = HeadState::Done;
                                break progress;
                            }
                            Err(_) => break progress,
                        }
                    }
                    if let [b'\r', behind @ ..] = rest {
                        self.fields.1 = line;
                        rest = behind;
                        state = HeadState::LastLf;
                        break Ok(Progress::Complete);
                    }
                }
                rest = skip(rest, TOKEN);
                name_end = buffer.len() - rest.len();
                let [byte, behind @ ..] = rest else { break Ok(Progress::Partial) };
                // No name, a space before the colon or before the name (obs-fold): all end here.
                if *byte != b':' || name_end == line {
                    break Err(Rejection::BadField);
                }
                state = HeadState::Value;
                rest = behind;
            }
            if state == HeadState::Value {
                rest = skip_value(rest);
                let [byte, behind @ ..] = rest else { break Ok(Progress::Partial) };
                if *byte != b'\r' {
                    break Err(Rejection::BadField);
                }
                let name = buffer.get(line..name_end).unwrap_or(&[]);
                if FramingFields::has_initial(name) {
                    let value = buffer.get(name_end + 1..buffer.len() - rest.len()).unwrap_or(&[]);
                    if let Err(rejection) = self.framing.record(name, trim(value)) {
                        break Err(rejection);
                    }
                }
                self.index.add(name, line - self.fields.0);
                state = HeadState::Lf;
                rest = behind;
            }
            let [byte, behind @ ..] = rest else { break Ok(Progress::Partial) };
            if *byte != b'\n' {
                break Err(Rejection::BadField);
            }
            rest = behind;
            line = buffer.len() - rest.len();
            if self.is_in_start_line() {
                self.fields = (line, line);
            }
            state = HeadState::Name;
        };
        (self.state, self.element_start, self.name_end) = (state, line, name_end);
        self.offset = buffer.len() - rest.len();
        progress
    }
}
