//! [`ExchangeRecord`]: a finished exchange and its [`Fault`], for logs and counters.

use crate::error::{Error, Misuse, Rejection};
use crate::status::Status;
use crate::wire::Headers;

/// A finished exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExchangeRecord<'a> {
    /// The head of the request as it was received, from its request line on. If it was refused: any bytes, or none.
    pub head: &'a [u8],
    /// The status of the response.
    pub status: Status,
    /// How many bytes of body were sent, without their framing.
    pub body_sent: u64,
    /// Why the exchange failed; `None` if it did not.
    pub fault: Option<Fault>,
}

impl<'a> ExchangeRecord<'a> {
    /// A record of these fields, for tests of an observer.
    #[must_use]
    pub const fn new(head: &'a [u8], status: Status, body_sent: u64, fault: Option<Fault>) -> Self {
        Self { head, status, body_sent, fault }
    }

    /// The request line as it was received, without its line end: any bytes, or none.
    #[must_use]
    pub fn request_line(&self) -> &'a [u8] {
        let end = self.head.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        self.head.get(..end.unwrap_or(self.head.len())).unwrap_or(&[])
    }

    /// The header fields of the request. If the head was refused: the fields before the first malformed one.
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        let fields = self.head.get(self.request_line().len()..).unwrap_or(&[]);
        Headers::new(fields.strip_prefix(b"\r\n").unwrap_or(&[]))
    }
}

/// Why an exchange did not end as the page meant it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The peer broke a rule, or asked for what there is not.
    Rejection(Rejection),
    /// The page broke a rule of this crate.
    Misuse(Misuse),
    /// The source of the response, such as a file, could not be read.
    Source,
    /// The stream failed, or took no more bytes.
    Stream,
}

impl<E> From<&Error<E>> for Fault {
    fn from(error: &Error<E>) -> Self {
        match error {
            Error::Rejection(rejection) => Self::Rejection(*rejection),
            Error::Misuse(misuse) => Self::Misuse(*misuse),
            Error::Source => Self::Source,
            Error::Io(_) | Error::Closed => Self::Stream,
        }
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
    fn a_refused_head_has_the_fields_before_the_malformed_one() {
        assert_eq!(record(b"").request_line(), b"");
        assert_eq!(record(b"GET /\x01").request_line(), b"GET /\x01");
        let broken = record(b"GET / HTTP/1.1\r\nHost: a\r\nbad field\r\nReferer: b\r\n");
        assert_eq!(broken.headers().first("host"), Some(&b"a"[..]));
        assert_eq!(broken.headers().first("referer"), None);
        assert_eq!(record(b"GET / HTTP/1.1\nHost: a\n").headers().iter().count(), 0);
    }
}
