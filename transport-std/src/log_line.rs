//! Law: a line of the access log is one line whatever the client has sent: Common Log Format, with every byte that is not
//! plain text escaped.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use bantam::Record;

/// A request in Common Log Format, `host - - [time] "request line" status bytes`, with the time in UTC.
#[derive(Debug)]
pub(crate) struct LogLine<'a> {
    pub(crate) client: SocketAddr,
    /// An IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub(crate) date: [u8; 29],
    pub(crate) record: &'a Record<'a>,
}

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = std::str::from_utf8(&self.date).unwrap_or_default();
        let part = |range| date.get(range).unwrap_or("-");
        let (day, month, year, time) = (part(5..7), part(8..11), part(12..16), part(17..25));
        write!(f, "{} - - [{day}/{month}/{year}:{time} +0000] \"", self.client.ip())?;
        for byte in self.record.request_line() {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b' '..=b'~' => f.write_char(char::from(*byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        write!(f, "\" {} {}", self.record.status.code(), self.record.body_sent)
    }
}

#[cfg(test)]
mod tests {
    use bantam::wire::Status;

    use super::*;

    fn line(head: &[u8]) -> String {
        let record = Record { head, status: Status::OK, body_sent: 12, fault: None };
        let (client, date) = ("[::1]:5".parse().unwrap(), *b"Sun, 06 Nov 1994 08:49:37 GMT");
        LogLine { client, date, record: &record }.to_string()
    }

    #[test]
    fn a_request_is_a_line_of_the_common_log() {
        let expected = r#"::1 - - [06/Nov/1994:08:49:37 +0000] "GET / HTTP/1.1" 200 12"#;
        assert_eq!(line(b"GET / HTTP/1.1"), expected);
    }

    #[test]
    fn a_client_cannot_forge_a_second_line_or_paint_the_terminal() {
        assert!(line(b"\"\x0b\x1b[2J\xff\\").contains(r#""\"\x0b\x1b[2J\xff\\""#));
    }
}
