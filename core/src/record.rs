//! [`ExchangeRecord`]: one finished exchange, for observers.

use crate::fault::Fault;
use crate::status::Status;
use crate::wire::Headers;

/// What is to be known of a finished exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRecord<'a> {
    /// The request's head as it came, from its request line on. Of one that was refused as much as had come: any bytes may be
    /// in it, or none.
    pub head: &'a [u8],
    /// The status of the answer.
    pub status: Status,
    /// How many bytes of body have been sent.
    pub body_sent: u64,
    /// What went wrong, if anything did.
    pub fault: Option<Fault>,
}

impl<'a> ExchangeRecord<'a> {
    /// The request line as it came, without its line end: any bytes may be in it, or none.
    #[must_use]
    pub fn request_line(&self) -> &'a [u8] {
        let end = self.head.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        self.head.get(..end.unwrap_or(self.head.len())).unwrap_or(&[])
    }

    /// The header fields of the request; of a head that was refused, those in front of the first that is no field.
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        let fields = self.head.get(self.request_line().len()..).unwrap_or(&[]);
        Headers::new(fields.strip_prefix(b"\r\n").unwrap_or(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(head: &[u8]) -> ExchangeRecord<'_> {
        ExchangeRecord { head, status: Status::OK, body_sent: 0, fault: None }
    }

    #[test]
    fn a_record_knows_the_request_line_and_the_fields() {
        let record = record(b"GET / HTTP/1.1\r\nHost: a\r\nReferer: b\r\n\r\n");
        assert_eq!(record.request_line(), b"GET / HTTP/1.1");
        assert_eq!(record.headers().first("referer"), Some(&b"b"[..]));
    }

    #[test]
    fn a_record_of_a_head_that_was_refused_has_what_is_sound_of_it() {
        assert_eq!(record(b"").request_line(), b"");
        assert_eq!(record(b"GET /\x01").request_line(), b"GET /\x01");
        let broken = record(b"GET / HTTP/1.1\r\nHost: a\r\nbad field\r\nReferer: b\r\n");
        assert_eq!(
            (broken.headers().first("host"), broken.headers().first("referer")),
            (Some(&b"a"[..]), None)
        );
        assert_eq!(record(b"GET / HTTP/1.1\nHost: a\n").headers().iter().count(), 0);
    }
}
