//! Parsed heads of requests, RFC 9112 section 3, as views of the bytes they were parsed from.

use crate::error::Rejection;
use crate::method::Method;
use crate::slice::{ascii_within, split_at};
use crate::wire::fields::headers::Headers;
use crate::wire::fields::index::IndexView;
use crate::wire::grammar::{ParseResult, error};
use crate::wire::head::flags::Flags;
use crate::wire::head::framing::BodyLength;
use crate::wire::head::lines::RequestLineHint;
use crate::wire::head::parser::HeadParser;
use crate::wire::head::version::Version;
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
    /// Returns true if the client keeps the connection open after this request (RFC 9112 section 9.3).
    #[must_use]
    pub const fn persists(&self) -> bool {
        self.flags.persists(self.version)
    }

    /// Returns true if the client waits for 100 (Continue) (RFC 9110 section 10.1.1).
    #[must_use]
    pub const fn expects_continue(&self) -> bool {
        self.flags.expects_continue(self.version)
    }

    /// Returns true if the client offers to switch protocols (RFC 9110 section 7.8): `Connection` lists `upgrade`, and
    /// `Upgrade` is not empty. Whether it lists valid protocols is left to the page, which chooses one of them.
    #[must_use]
    pub const fn offers_upgrade(&self) -> bool {
        self.flags.offers_upgrade(self.version)
    }

    /// The host and port of the request: the target's own in absolute-form, otherwise the `Host` field (RFC 9112
    /// section 3.2.2).
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        host(&self.uri, &self.headers)
    }
}

/// The host and port of a request, RFC 9112 section 3.2.2.
pub(crate) fn host<'a>(uri: &Uri<'a>, headers: &Headers<'a>) -> Option<&'a str> {
    uri.authority.or_else(|| headers.text("host"))
}

impl HeadParser {
    /// The request head in `buffer`, which must hold the complete head.
    ///
    /// # Errors
    /// A [`Rejection`] if the fields contradict each other, `Host` is missing, the target has none of the four forms, or
    /// the head is not complete.
    #[inline]
    pub fn request_head<'a>(&'a self, buffer: &'a [u8]) -> Result<RequestHead<'a>, Rejection> {
        self.head_with(buffer, self.index.view())
    }

    /// The same with the parser's index in another place, so that the head can outlive the parser.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn head_with<'a>(
        &self,
        buffer: &'a [u8],
        index: IndexView<'a>,
    ) -> Result<RequestHead<'a>, Rejection> {
        // A partial head has no lines.
        let lines = buffer.get(self.fields.0..self.fields.1).ok_or(Rejection::BadStartLine)?;
        // Inlined, the usual head is made in its place; what a call returns is copied to it.
        let Parts { method, uri, body } = match self.usual_parts(buffer) {
            Some(parts) => parts,
            None => self.parts(buffer)?,
        };
        let headers = Headers::indexed(lines, index);
        Ok(RequestHead { method, uri, version: self.version, headers, body, flags: self.framing.flags })
    }

    /// The parts of a GET with a plain target and no body, as most requests are; `None` for any other.
    #[inline(always)]
    fn usual_parts<'a>(&self, buffer: &'a [u8]) -> Option<Parts<'a>> {
        let hint = self.request_line.first().filter(|hint| hint.is_get)?;
        let (from, to) = (self.method_end + 1, self.target_end);
        if !self.framing.are_usual() || buffer.get(from) != Some(&b'/') {
            return None;
        }
        // The most frequent target needs no look at its bytes.
        let uri = if to - from == 1 {
            Uri::ROOT
        } else {
            Uri::plain(ascii_within(buffer, from, to), hint.query_at)
        };
        Some(Parts { method: Method::Get, uri, body: BodyLength::Known(0) })
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn parts<'a>(&self, buffer: &'a [u8]) -> Result<Parts<'a>, Rejection> {
        let (from, to) = (self.method_end + 1, self.target_end);
        // A partial head has no target.
        let target = buffer.get(from..to).ok_or(Rejection::BadStartLine)?;
        let hint = self.request_line.first().unwrap_or(&RequestLineHint::NONE);
        let method = Method::of(buffer.get(self.line_start..self.method_end).unwrap_or(&[]));
        let uri = match target {
            [b'/', ..] if hint.is_plain && method != Method::Connect => {
                Uri::plain(ascii_within(buffer, from, to), hint.query_at)
            }
            _ => Uri::target(method, target)?,
        };
        Ok(Parts { method, uri, body: self.framing.request(self.version)? })
    }
}

/// What a head has besides its fields.
struct Parts<'a> {
    method: Method<'a>,
    uri: Uri<'a>,
    body: BodyLength,
}

/// A complete request head at the front of `input`, as a nom parser (of the *streaming* kind).
///
/// ```
/// let (body, head) = bantam::wire::request_head(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").unwrap();
/// assert_eq!((head.method.as_str(), head.body, body), ("POST", bantam::wire::BodyLength::Known(2), &b"hi"[..]));
/// assert_eq!(head.headers.first("host"), Some(&b"a"[..]));
/// ```
///
/// # Errors
/// `Incomplete` if more bytes are needed; otherwise a [`ParseError`](crate::wire::ParseError) with the place and the [`Rejection`].
pub fn request_head(input: &[u8]) -> ParseResult<'_, RequestHead<'_>> {
    let mut parser = HeadParser::request();
    let result = match parser.advance(input) {
        Ok(None) => return Err(nom::Err::Incomplete(nom::Needed::Unknown)),
        Ok(Some(_)) => parser.head_with(input, parser.index.sketch()),
        Err(rejection) => Err(rejection),
    };
    let (_, rest) = split_at(input, parser.offset());
    match result {
        Ok(head) => Ok((rest, head)),
        Err(rejection) => error(rest, rejection),
    }
}
