//! Law: a head that has been parsed is a set of views over its bytes; making it costs no copy and no memory.

use crate::error::Rejection;
use crate::method::Method;
use crate::status::Status;
use crate::wire::fields::headers::Headers;
use crate::wire::grammar::{ParseError, ParseResult, cut, trim};
use crate::wire::head::framing::{BodyLength, Facts, Flags, Version};
use crate::wire::head::lines::Whole;
use crate::wire::head::parser::HeadParser;
use crate::wire::target::uri::Uri;

/// The head of a request, RFC 9112 section 3.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: Method<'a>,
    /// The request target, split.
    pub uri: Uri<'a>,
    /// The version.
    pub version: Version,
    /// The header fields.
    pub headers: Headers<'a>,
    /// How the end of the body is found; never [`BodyLength::UntilClose`].
    pub body: BodyLength,
    flags: Flags,
}

impl<'a> RequestHead<'a> {
    /// Does the client want the connection kept? (RFC 9112 section 9.3)
    #[must_use]
    pub const fn persists(&self) -> bool {
        self.flags.persists(self.version)
    }

    /// Does the client wait for 100 (Continue)? (RFC 9110 section 10.1.1)
    #[must_use]
    pub const fn expects_continue(&self) -> bool {
        self.flags.expects_continue(self.version)
    }

    /// Does the client offer to switch protocols? (RFC 9110 section 7.8)
    #[must_use]
    pub const fn offers_upgrade(&self) -> bool {
        self.flags.offers_upgrade(self.version)
    }

    /// The host that is asked, with its port: the target's own in absolute-form, else the `Host` field (RFC 9112
    /// section 3.2.2).
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        host(&self.uri, &self.headers)
    }
}

/// Whom a request is for, RFC 9112 section 3.2.2.
pub(crate) fn host<'a>(uri: &Uri<'a>, headers: &Headers<'a>) -> Option<&'a str> {
    uri.authority.or_else(|| headers.text("host"))
}

/// The head of a response, RFC 9112 section 4.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    /// The version.
    pub version: Version,
    /// The status code.
    pub status: Status,
    /// The reason phrase as sent: any bytes but controls, often empty.
    pub reason: &'a [u8],
    /// The header fields.
    pub headers: Headers<'a>,
    facts: Facts,
}

impl ResponseHead<'_> {
    /// How the end of the body is found (RFC 9112 section 6.3). `to_head`: this answers a HEAD request.
    ///
    /// # Errors
    /// [`Rejection::AmbiguousLength`] and [`Rejection::BadTransferEncoding`]: close the connection, trust nothing.
    pub fn body(&self, to_head: bool) -> Result<BodyLength, Rejection> {
        self.facts.response(self.version, to_head || self.status.is_bodiless())
    }

    /// The same for the answer to a request of this method: to HEAD nothing follows, and behind a 2xx to CONNECT there is no
    /// body but a tunnel, whose first byte is the next (RFC 9112 section 6.3, items 1 and 2).
    ///
    /// # Errors
    /// As for [`Self::body`].
    pub fn body_after(&self, method: Method<'_>) -> Result<BodyLength, Rejection> {
        let tunnel = method == Method::Connect && self.status.code() / 100 == 2;
        self.body(tunnel || method == Method::Head)
    }

    /// Does the server keep the connection? (RFC 9112 section 9.3)
    #[must_use]
    pub const fn persists(&self) -> bool {
        self.facts.flags.persists(self.version)
    }
}

impl HeadParser {
    /// The request head in `buffer`, which the parser has found to be complete.
    ///
    /// # Errors
    /// A [`Rejection`] where the fields contradict each other, `Host` is missing, or the target is of no form; also
    /// where the head is not complete.
    pub fn request_head<'a>(&self, buffer: &'a [u8]) -> Result<RequestHead<'a>, Rejection> {
        // Where the head is not complete there is neither.
        let target = buffer.get(self.first_end + 1..self.second_end).ok_or(Rejection::BadStartLine)?;
        let lines = buffer.get(self.fields.0..self.fields.1).ok_or(Rejection::BadStartLine)?;
        let whole = self.whole.first().unwrap_or(&Whole::NOTHING);
        let method =
            if whole.get { Method::Get } else { Method::of(slice(buffer, self.begin, self.first_end)) };
        let uri = match target {
            [b'/', path @ ..] if whole.plain && method != Method::Connect => {
                // What is asked for most needs no look at its bytes.
                if path.is_empty() { Uri::ROOT } else { Uri::plain(target, whole.question) }
            }
            _ => Uri::target(method, target)?,
        };
        Ok(RequestHead {
            method,
            uri,
            version: self.version,
            headers: Headers::over(lines),
            body: self.facts.request(self.version)?,
            flags: self.facts.flags,
        })
    }

    /// The response head in `buffer`, which the parser has found to be complete.
    ///
    /// # Errors
    /// [`Rejection::BadStartLine`] for a status below 100; also where the head is not complete.
    pub fn response_head<'a>(&self, buffer: &'a [u8]) -> Result<ResponseHead<'a>, Rejection> {
        let digits = slice(buffer, self.first_end.saturating_sub(3), self.first_end);
        let code =
            digits.iter().fold(0u16, |n, d| n.wrapping_mul(10).wrapping_add(u16::from(d.wrapping_sub(b'0'))));
        Ok(ResponseHead {
            version: self.version,
            status: Status::new(code).ok_or(Rejection::BadStartLine)?,
            reason: trim(slice(buffer, self.first_end, self.second_end)),
            headers: Headers::over(slice(buffer, self.fields.0, self.fields.1)),
            facts: self.facts,
        })
    }

    /// The start line as far as it has come, for logs: any bytes may be in it.
    #[must_use]
    pub fn start_line<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        let line = buffer.get(self.begin..).unwrap_or(&[]);
        // Where the fields have begun its end is known.
        if let Some(end) = self.fields.0.checked_sub(2) {
            return slice(buffer, self.begin, end);
        }
        cut(line, line.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(line.len())).0
    }
}

fn slice(buffer: &[u8], from: usize, to: usize) -> &[u8] {
    buffer.get(from..to).unwrap_or(&[])
}

/// A whole request head at the front of `input`, as a nom parser (of the *streaming* kind).
///
/// ```
/// let (body, head) = bantam::wire::request_head(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").unwrap();
/// assert_eq!((head.method.as_str(), head.body, body), ("POST", bantam::wire::BodyLength::Known(2), &b"hi"[..]));
/// assert_eq!(head.headers.first("host"), Some(&b"a"[..]));
/// ```
///
/// # Errors
/// `Incomplete` while the head goes on; otherwise a [`ParseError`] with the place and the [`Rejection`].
pub fn request_head(input: &[u8]) -> ParseResult<'_, RequestHead<'_>> {
    let mut parser = HeadParser::request();
    whole(input, parser.advance(input), parser.offset(), || parser.request_head(input))
}

/// A whole response head at the front of `input`, as a nom parser (of the *streaming* kind).
///
/// # Errors
/// `Incomplete` while the head goes on; otherwise a [`ParseError`] with the place and the [`Rejection`].
pub fn response_head(input: &[u8]) -> ParseResult<'_, ResponseHead<'_>> {
    let mut parser = HeadParser::response();
    whole(input, parser.advance(input), parser.offset(), || parser.response_head(input))
}

fn whole<'a, O>(
    input: &'a [u8],
    end: Result<Option<usize>, Rejection>,
    offset: usize,
    head: impl FnOnce() -> Result<O, Rejection>,
) -> ParseResult<'a, O> {
    let (_, rest) = cut(input, offset);
    let found = match end {
        Ok(None) => return Err(nom::Err::Incomplete(nom::Needed::Unknown)),
        Ok(Some(_)) => head().map(|head| (rest, head)),
        Err(rejection) => Err(rejection),
    };
    found.map_err(|rejection| nom::Err::Error(ParseError { rest, rejection }))
}
