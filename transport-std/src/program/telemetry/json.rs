//! `JsonRecord`: a line of the access log as a JSON object.
//!
//! Invariant: a record is valid JSON without a line break; bytes that are not UTF-8 are replaced by U+FFFD.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::time::SystemTime;

use bantam_std::AccessRecord;
use humantime::Rfc3339Timestamp;
use serde::{Serialize, Serializer};

/// The members of the object, in their order.
#[derive(Debug, Serialize)]
pub(crate) struct JsonRecord<'a> {
    /// When the response ended: RFC 3339 with milliseconds, UTC.
    #[serde(serialize_with = "display")]
    time: Rfc3339Timestamp,
    client: Option<IpAddr>,
    /// The user that has logged in.
    user: Option<Cow<'a, str>>,
    /// The request line, valid or not. What follows is null if the head is not whole, or not valid.
    request: Cow<'a, str>,
    method: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
    host: Option<Cow<'a, str>>,
    status: u16,
    /// Bytes of the body that were sent.
    bytes: u64,
    /// From the first byte of the request to the last of the response.
    microseconds: u128,
    referer: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
}

impl<'a> JsonRecord<'a> {
    pub(crate) fn new(access: &AccessRecord<'a>, now: SystemTime) -> Self {
        let (record, text) = (access.record, String::from_utf8_lossy);
        let head = record.request();
        let mut parts = head.iter().flat_map(|_| record.request_line().split(|byte| *byte == b' '));
        let (method, target) = (parts.next().map(text), parts.next().map(text));
        let field = |name| head.as_ref().and_then(|head| head.headers.first(name)).map(text);
        Self {
            time: humantime::format_rfc3339_millis(now),
            client: access.client.map(|client| client.ip()),
            user: access.user.map(text),
            request: text(record.request_line()),
            method,
            target,
            host: field("host"),
            status: record.status.code(),
            bytes: record.body_sent,
            microseconds: access.duration.as_micros(),
            referer: field("referer"),
            user_agent: field("user-agent"),
        }
    }

    /// Appends the object and a line feed.
    ///
    /// # Errors
    /// None: memory takes every byte.
    pub(crate) fn write(&self, line: &mut Vec<u8>) -> io::Result<()> {
        serde_json::to_writer(&mut *line, self)?;
        line.write_all(b"\n")
    }
}

fn display<S: Serializer>(time: &Rfc3339Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bantam::ExchangeRecord;
    use bantam::wire::Status;

    use super::*;

    fn line(head: &[u8]) -> String {
        let record = ExchangeRecord::new(head, Status::OK, 12, None);
        let (client, date) = ("[::1]:5".parse().ok(), *b"Sun, 06 Nov 1994 08:49:37 GMT");
        let mut access = AccessRecord::new(client, date, Duration::from_micros(7), &record);
        access.user = Some(b"a\"da");
        let (mut line, now) = (Vec::new(), SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_005));
        JsonRecord::new(&access, now).write(&mut line).unwrap();
        assert_eq!(line.pop(), Some(b'\n'));
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_response_is_an_object_on_one_line() {
        let expected = concat!(
            r#"{"time":"1994-11-06T08:49:37.005Z","client":"::1","user":"a\"da","request":"GET /a HTTP/1.1","#,
            r#""method":"GET","#,
            r#""target":"/a","host":"b","status":200,"bytes":12,"microseconds":7,"referer":null,"user_agent":"\"c\""}"#
        );
        assert_eq!(line(b"GET /a HTTP/1.1\r\nHost: b\r\nUser-Agent: \"c\"\r\n\r\n"), expected);
    }

    #[test]
    fn a_malformed_request_is_one_line_of_valid_json() {
        let line = line(b"\x16\x03\"\xff\\\x0b");
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request"], "\u{16}\u{3}\"\u{fffd}\\\u{b}");
        assert_eq!(value["method"], serde_json::Value::Null);
    }

    #[test]
    fn a_head_that_is_not_whole_has_no_parts() {
        let line = line(b"GET /a HTTP/1.1\r\nHost: b\r\nReferer: c\r\nUser-Agent: d");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request"], "GET /a HTTP/1.1");
        for part in ["method", "target", "host", "referer", "user_agent"] {
            assert_eq!(value[part], serde_json::Value::Null, "{part}");
        }
    }
}
