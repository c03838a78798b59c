//! [`ExchangeRecord`]: a finished exchange and its [`Fault`], for logs and counters.
//!
//! Invariant: the fields of a head that is not whole and valid are never read.

use core::array::from_fn;

use crate::error::Fault;
use crate::status::Status;
use crate::wire::{HeadParser, Headers, INDEXED, RequestHead, request_head};

/// A finished exchange.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ExchangeRecord<'a> {
    /// The head of the request as it was received, from its request line on. If it was refused: any bytes, or none. For its
    /// parts call [`Self::request_line`] and [`Self::headers`], which look whether it is whole.
    pub head: &'a [u8],
    /// The status of the response.
    pub status: Status,
    /// How many bytes of body were sent, without their framing.
    pub body_sent: u64,
    /// Why the exchange failed; `None` if it did not.
    pub fault: Option<Fault>,
    parsed: ParsedHead<'a>,
}

impl<'a> ExchangeRecord<'a> {
    /// A record of these fields, for tests of an observer.
    #[must_use]
    pub const fn new(head: &'a [u8], status: Status, body_sent: u64, fault: Option<Fault>) -> Self {
        Self { head, status, body_sent, fault, parsed: ParsedHead::NONE }
    }

    /// The same record with the head that was parsed.
    pub(crate) const fn of(self, parsed: ParsedHead<'a>) -> Self {
        Self { parsed, ..self }
    }

    /// The head of the request; `None` if it is not whole, or not valid. Where a word has 64 bits, a record of a request that a
    /// page was called with knows its lines; any other record parses the head at every call.
    #[must_use]
    pub fn request(&self) -> Option<RequestHead<'a>> {
        match self.parsed.0.first() {
            Some(Some((parser, bytes))) => parser.request_head(bytes).ok(),
            _ => request_head(self.head).ok().map(|(_, head)| head),
        }
    }

    /// The request line as it was received, without its line end: any bytes, or none. The last line of a head that is not
    /// whole may be a part of a line.
    #[must_use]
    pub fn request_line(&self) -> &'a [u8] {
        if let Some(line) = self.parsed.request_line() {
            return line;
        }
        let end = self.head.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        self.head.get(..end.unwrap_or(self.head.len())).unwrap_or(&[])
    }

    /// The header fields of the request; none if its head is not whole, or not valid: of half a field nothing is known, and
    /// of half a list even its last member is not. A record that does not know its lines parses the head at every call.
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        let parsed = self.parsed.headers();
        parsed.or_else(|| Some(self.request()?.headers)).unwrap_or_default()
    }
}

/// The head is what `parsed` is made of.
impl PartialEq for ExchangeRecord<'_> {
    fn eq(&self, other: &Self) -> bool {
        let key = |record: &Self| (record.status, record.body_sent, record.fault);
        self.head == other.head && key(self) == key(other)
    }
}

impl Eq for ExchangeRecord<'_> {}

/// The parser that has validated the head of a request, and the bytes that it parsed; nothing where RAM is short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ParsedHead<'a>([Option<(&'a HeadParser, &'a [u8])>; INDEXED as usize]);

impl<'a> ParsedHead<'a> {
    const NONE: Self = Self([None; INDEXED as usize]);

    pub(crate) fn new(
        parser: &'a [HeadParser; INDEXED as usize],
        bytes: [&'a [u8]; INDEXED as usize],
    ) -> Self {
        Self(from_fn(|at| Some((parser.get(at)?, *bytes.get(at)?))))
    }

    fn request_line(&self) -> Option<&'a [u8]> {
        let (parser, bytes) = (*self.0.first()?)?;
        // Behind the target stand a space and the version.
        bytes.get(parser.line_start..parser.target_end + " HTTP/1.1".len())
    }

    fn headers(&self) -> Option<Headers<'a>> {
        let (parser, bytes) = (*self.0.first()?)?;
        let lines = bytes.get(parser.fields.0..parser.fields.1)?;
        Some(Headers::indexed(lines, parser.index.view()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(head: &[u8]) -> ExchangeRecord<'_> {
        ExchangeRecord::new(head, Status::OK, 0, None)
    }

    #[test]
    fn request_line_and_headers_are_those_of_the_head() {
        let record = record(b"GET / HTTP/1.1\r\nHost: a\r\nReferer: b\r\n\r\n");
        assert_eq!(record.request_line(), b"GET / HTTP/1.1");
        assert_eq!(record.headers().first("referer"), Some(&b"b"[..]));
    }

    #[test]
    fn a_head_that_is_not_whole_or_not_valid_has_no_fields() {
        let whole = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.99\r\n\r\n";
        assert_eq!(record(whole).headers().iter().count(), 2);
        assert_eq!(record(&[whole, &b"a body"[..]].concat()).headers().iter().count(), 2);
        for length in 0..whole.len() {
            let part = record(&whole[..length]);
            assert_eq!((part.headers().iter().count(), part.request().is_none()), (0, true), "{length}");
        }
        for refused in [
            "GET / HTTP/1.1\r\nHost: a\r\nbad field\r\nReferer: b\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nReferer: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET /\\ HTTP/1.1\r\nHost: a\r\n\r\n",
            "\x16\x03",
        ] {
            assert_eq!(record(refused.as_bytes()).headers().iter().count(), 0, "{refused:?}");
        }
    }

    #[test]
    fn a_refused_head_has_the_request_line_that_was_received() {
        assert_eq!(record(b"").request_line(), b"");
        assert_eq!(record(b"GET /\x01").request_line(), b"GET /\x01");
        assert_eq!(record(b"GET / HTTP/1.1\nHost: a\n").request_line(), b"GET / HTTP/1.1");
    }

    #[test]
    fn a_record_that_knows_its_lines_has_the_parts_of_one_that_parses_them() {
        for head in [
            &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
            b"\r\n\r\nOPTIONS * HTTP/1.1\r\nhost: b\r\nReferer: \r\n\r\n",
            b"POST http://a/b?c HTTP/1.0\r\nHost: a\r\nReferer: d\r\nreferer: e\r\nContent-Length: 1\r\n\r\nbody",
        ] {
            let mut parser = [const { HeadParser::request() }; INDEXED as usize];
            let lengths = parser.each_mut().map(|parser| parser.advance(head).ok().flatten());
            assert_ne!(lengths.first(), Some(&None));
            let plain = record(head.trim_ascii_start());
            let knowing = plain.of(ParsedHead::new(&parser, [head; INDEXED as usize]));
            assert_eq!(knowing.request_line(), plain.request_line());
            assert!(knowing.headers().iter().eq(plain.headers().iter()));
            assert_eq!(knowing.headers().first("referer"), plain.headers().first("referer"));
        }
    }
}
