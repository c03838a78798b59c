//! Law: a head is read once, from the front, and what it costs does not depend on the pieces it arrives in; the first byte
//! that cannot be refuses it, complete or not.
//!
//! Bytes are taken one by one here, and lines that have come whole in [`super::whole`]: the same to whoever calls, and much
//! faster. Only the bytes of a line that has not come whole, and of its version, are looked at twice.

use crate::error::Rejection;
use crate::wire::grammar::{DIGIT, FIELD, ParseResult, TARGET, TOKEN, cut, is, parse_error, run, trim};
use crate::wire::head::framing::{Facts, Version};
use crate::wire::head::lines::Whole;
use crate::wire::scan::{WIDE, skip_value};

/// Which element of the head the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Start,
    StartLf,
    Method,
    Target,
    Version,
    StatusVersion,
    StatusCode,
    Reason,
    LineCr,
    Name,
    Value,
    Lf,
    LastLf,
    Done,
}

impl At {
    /// The bytes that make the element longer and mean nothing else.
    const fn inside(self) -> u8 {
        match self {
            Self::Method | Self::Name => TOKEN,
            Self::Target => TARGET,
            Self::Reason | Self::Value => FIELD,
            _ => 0,
        }
    }
}

/// The resumable parser of one head, request or response. It owns no bytes: give it the same growing buffer again.
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
    pub(crate) at: At,
    pub(crate) version: Version,
    /// What is known of a request line that came whole; a device has no room for it.
    pub(crate) whole: [Whole; WIDE as usize],
    /// Where the first byte not yet looked at is.
    seen: usize,
    /// Where the current element begins.
    pub(crate) mark: usize,
    /// Where the current field's name ends.
    name_end: usize,
    /// Where the start line begins: behind the empty lines that RFC 9112 section 2.2 lets pass.
    pub(crate) begin: usize,
    /// Where the method, or the status code, ends.
    pub(crate) first_end: usize,
    /// Where the target, or the reason phrase, ends.
    pub(crate) second_end: usize,
    /// Where the field lines begin and end.
    pub(crate) fields: (usize, usize),
    pub(crate) facts: Facts,
}

impl HeadParser {
    /// For a request head (RFC 9112 section 3). Empty lines in front of it are skipped.
    #[must_use]
    pub const fn request() -> Self {
        Self::starting(At::Start)
    }

    /// For a response head (RFC 9112 section 4).
    #[must_use]
    pub const fn response() -> Self {
        Self::starting(At::StatusVersion)
    }

    const fn starting(at: At) -> Self {
        Self {
            at,
            version: Version::Http11,
            whole: [Whole::NOTHING; WIDE as usize],
            seen: 0,
            mark: 0,
            name_end: 0,
            begin: 0,
            first_end: 0,
            second_end: 0,
            fields: (0, 0),
            facts: Facts::EMPTY,
        }
    }

    /// Looks at what `buffer` holds beyond what an earlier call has seen of it, and says where the head ends: `None`
    /// while the end has not come. `buffer` must begin with the bytes of the earlier calls.
    ///
    /// # Errors
    /// The [`Rejection`] of the first byte, or of the first whole field, that breaks a rule; [`Self::offset`] is then
    /// where. The parser is of no further use.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline)]
    pub fn advance(&mut self, buffer: &[u8]) -> Result<Option<usize>, Rejection> {
        // Where bytes come one by one, most of them stand in the midst of an element.
        if WIDE
            && let Some([byte]) = buffer.get(self.seen..)
            && is(*byte, self.at.inside())
        {
            self.seen += 1;
            return Ok(None);
        }
        self.proceed(buffer)
    }

    fn proceed(&mut self, buffer: &[u8]) -> Result<Option<usize>, Rejection> {
        if self.at == At::Done {
            return Ok(Some(self.seen));
        }
        let mut rest = buffer.get(self.seen..).unwrap_or(&[]);
        // A head that has come whole goes the straight way.
        if WIDE && self.at == At::Start && self.whole_request_line(buffer, &mut rest) {
            let lines = self.whole_field_lines(buffer, &mut rest);
            self.seen = buffer.len() - rest.len();
            if lines != Ok(false) {
                return lines.map(|_| Some(self.seen));
            }
        }
        let end = self.drive(buffer, &mut rest);
        self.seen = buffer.len() - rest.len();
        end
    }

    /// How many bytes have been looked at: where the head ends once it is complete, or where the refused byte is.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.seen
    }

    /// Has a byte of the message itself come? (Empty lines in front of a request are not.)
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        !matches!(self.at, At::Start | At::StartLf)
    }

    /// What to refuse a head with that has filled all the room there is: its method was too long (RFC 9112 section 3), or
    /// its target, or its fields were.
    #[must_use]
    pub const fn too_long(&self) -> Rejection {
        match self.at {
            At::Method => Rejection::NotImplemented,
            _ if self.is_in_start_line() => Rejection::UriTooLong,
            _ => Rejection::HeadTooLarge,
        }
    }

    const fn is_in_start_line(&self) -> bool {
        self.fields.0 == 0
    }

    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(never))]
    fn drive<'a>(&mut self, buffer: &'a [u8], rest: &mut &'a [u8]) -> Result<Option<usize>, Rejection> {
        loop {
            // A line of which nothing has been looked at is perhaps there as a whole.
            if WIDE
                && self.at == At::Name
                && self.mark == buffer.len() - rest.len()
                && self.whole_field_lines(buffer, rest)?
            {
                return Ok(Some(buffer.len() - rest.len()));
            }
            let here = buffer.len() - rest.len();
            let Some((&byte, tail)) = rest.split_first() else { return Ok(None) };
            match self.at {
                At::Start if byte == b'\r' => self.step(At::StartLf, rest, tail),
                At::Start => {
                    (self.begin, self.mark) = (here, here);
                    self.at = At::Method;
                }
                At::StartLf if byte == b'\n' => self.step(At::Start, rest, tail),
                At::Method => {
                    let Some(end) = element(buffer, rest, TOKEN) else { return Ok(None) };
                    if end == self.mark {
                        return Err(Rejection::BadStartLine);
                    }
                    self.first_end = end;
                    self.space(At::Target, end, rest)?;
                }
                At::Target => {
                    let Some(end) = element(buffer, rest, TARGET) else { return Ok(None) };
                    self.second_end = end;
                    if end == self.mark {
                        return Err(Rejection::BadStartLine);
                    }
                    self.space(At::Version, end, rest).map_err(|_| Rejection::BadTarget)?;
                }
                At::Version | At::StatusVersion => match version(rest) {
                    Ok((behind, version)) => {
                        *rest = behind;
                        self.version = version;
                        self.at = At::LineCr;
                    }
                    Err(nom::Err::Incomplete(_)) => return Ok(None),
                    Err(nom::Err::Error(parse_error) | nom::Err::Failure(parse_error)) => {
                        *rest = parse_error.rest;
                        return Err(parse_error.rejection);
                    }
                },
                // A status line has more behind its version; only a response gets here with `second_end` unset.
                At::LineCr if byte == b' ' && self.second_end == 0 => {
                    self.mark = here + 1;
                    self.step(At::StatusCode, rest, tail);
                }
                At::LineCr if byte == b'\r' && self.second_end != 0 => self.step(At::Lf, rest, tail),
                At::StatusCode => {
                    let (digits, behind) = run(rest, DIGIT);
                    let end = here + digits.len();
                    *rest = behind;
                    match behind.first() {
                        _ if end > self.mark + 3 => {
                            *rest = buffer.get(self.mark + 3..).unwrap_or(&[]);
                            return Err(Rejection::BadStartLine);
                        }
                        None => return Ok(None),
                        Some(b' ' | b'\r') if end == self.mark + 3 => {}
                        Some(_) => return Err(Rejection::BadStartLine),
                    }
                    (self.first_end, self.second_end) = (end, end);
                    self.at = At::Reason;
                }
                At::Reason => {
                    let Some(end) = element(buffer, rest, FIELD) else { return Ok(None) };
                    self.second_end = end;
                    self.at = At::LineCr;
                }
                At::Name if byte == b'\r' && here == self.mark => {
                    self.fields.1 = here;
                    self.step(At::LastLf, rest, tail);
                }
                At::Name => {
                    let Some(end) = element(buffer, rest, TOKEN) else { return Ok(None) };
                    self.name_end = end;
                    // No name, a space before the colon or before the name (obs-fold): all end here.
                    match rest.split_first() {
                        Some((b':', tail)) if end != self.mark => self.step(At::Value, rest, tail),
                        _ => return Err(Rejection::BadField),
                    }
                }
                At::Value => {
                    *rest = skip_value(rest);
                    let end = buffer.len() - rest.len();
                    let Some((&byte, tail)) = rest.split_first() else { return Ok(None) };
                    if byte != b'\r' {
                        return Err(Rejection::BadField);
                    }
                    let name = buffer.get(self.mark..self.name_end).unwrap_or(&[]);
                    let value = buffer.get(self.name_end + 1..end).unwrap_or(&[]);
                    self.facts.note(name, trim(value))?;
                    self.step(At::Lf, rest, tail);
                }
                At::Lf if byte == b'\n' => {
                    self.mark = here + 1;
                    if self.is_in_start_line() {
                        self.fields = (here + 1, here + 1);
                    }
                    self.step(At::Name, rest, tail);
                }
                At::LastLf if byte == b'\n' => {
                    self.step(At::Done, rest, tail);
                    return Ok(Some(here + 1));
                }
                At::StartLf | At::LineCr | At::Done => return Err(Rejection::BadStartLine),
                At::Lf | At::LastLf => return Err(Rejection::BadField),
            }
        }
    }

    fn step<'a>(&mut self, at: At, rest: &mut &'a [u8], tail: &'a [u8]) {
        self.at = at;
        *rest = tail;
    }

    /// The single space of a start line (RFC 9112 section 3), at `end`.
    fn space(&mut self, next: At, end: usize, rest: &mut &[u8]) -> Result<(), Rejection> {
        let Some((b' ', tail)) = rest.split_first() else { return Err(Rejection::BadStartLine) };
        self.mark = end + 1;
        self.at = next;
        *rest = tail;
        Ok(())
    }
}

/// Skips the rest of an element made of `classes`, and says where in `buffer` it ends; `None` if it may go on.
fn element<'a>(buffer: &'a [u8], rest: &mut &'a [u8], classes: u8) -> Option<usize> {
    *rest = run(rest, classes).1;
    if rest.is_empty() { None } else { Some(buffer.len() - rest.len()) }
}

/// `HTTP-version` (RFC 9112 section 2.3), refused at the first byte that cannot be.
fn version(input: &[u8]) -> ParseResult<'_, Version> {
    const NAME: &[u8] = b"HTTP/";
    let incomplete = Err(nom::Err::Incomplete(nom::Needed::Unknown));
    let same = input.iter().zip(NAME).take_while(|(byte, expected)| byte == expected).count();
    let (name, number) = cut(input, same);
    if name.len() < NAME.len() {
        return if number.is_empty() { incomplete } else { parse_error(number, Rejection::BadVersion) };
    }
    match number {
        [b'1', b'.', b'0', rest @ ..] => Ok((rest, Version::Http10)),
        [b'1', b'.', b'1'..=b'9', rest @ ..] => Ok((rest, Version::Http11)),
        [major, b'.', minor, ..] if is(*major, DIGIT) && is(*minor, DIGIT) => {
            parse_error(number, Rejection::VersionNotSupported)
        }
        [] => incomplete,
        [major] | [major, b'.'] if is(*major, DIGIT) => incomplete,
        [major, b'.', rest @ ..] if is(*major, DIGIT) => parse_error(rest, Rejection::BadVersion),
        [major, rest @ ..] if is(*major, DIGIT) => parse_error(rest, Rejection::BadVersion),
        _ => parse_error(number, Rejection::BadVersion),
    }
}
