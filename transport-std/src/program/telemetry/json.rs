//! Law: an answer is one line of JSON; what is not UTF-8 in a request is replaced, and nothing is left out.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use bantam_std::AccessRecord;
use serde::Serialize;

/// A line of the access log. Formats as a JSON object.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// When the answer was given, RFC 3339 with milliseconds, UTC.
    time: String,
    client: Option<IpAddr>,
    /// The request line, whatever it is.
    request: Cow<'a, str>,
    method: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
    host: Option<Cow<'a, str>>,
    status: u16,
    /// Of the body that was sent.
    bytes: u64,
    /// From the first byte of the request to the last of the answer.
    microseconds: u128,
    referer: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(answer: &AccessRecord<'a>, now: SystemTime) -> Self {
        let record = answer.record;
        let mut words = record.request_line().split(|byte| *byte == b' ');
        let (method, target) = match (words.next(), words.next(), words.next(), words.next()) {
            (Some(method), Some(target), Some(_), None) => (Some(text(method)), Some(text(target))),
            _ => (None, None),
        };
        let field = |name| record.headers().first(name).map(text);
        Self {
            time: humantime::format_rfc3339_millis(now).to_string(),
            client: answer.client.map(|client| client.ip()),
            request: text(record.request_line()),
            method,
            target,
            host: field("host"),
            status: record.status.code(),
            bytes: record.body_sent,
            microseconds: answer.duration.as_micros(),
            referer: field("referer"),
            user_agent: field("user-agent"),
        }
    }
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
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
        let answer = AccessRecord { client, date, duration: Duration::from_micros(7), record: &record };
        Line::new(&answer, SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_005)).to_string()
    }

    #[test]
    fn an_answer_is_an_object_on_one_line() {
        let expected = concat!(
            r#"{"time":"1994-11-06T08:49:37.005Z","client":"::1","request":"GET /a HTTP/1.1","method":"GET","#,
            r#""target":"/a","host":"b","status":200,"bytes":12,"microseconds":7,"referer":null,"user_agent":"\"c\""}"#
        );
        assert_eq!(line(b"GET /a HTTP/1.1\r\nHost: b\r\nUser-Agent: \"c\"\r\n\r\n"), expected);
    }

    #[test]
    fn a_request_that_is_none_stays_one_line_and_json() {
        let line = line(b"\x16\x03\"\xff\\\x0b");
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request"], "\u{16}\u{3}\"\u{fffd}\\\u{b}");
        assert_eq!(value["method"], serde_json::Value::Null);
    }
}
