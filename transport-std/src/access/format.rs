//! Common and Combined Log Format.
//!
//! Invariant: a record is one line of printable ASCII, whatever the client sent.

use std::fmt::{self, Write as _};

use super::observer::AccessRecord;

/// Formats a record as a line of an access log, in UTC and without a line end.
///
/// `{}` is Common Log Format, `host - - [time] "request line" status bytes`, with `-` for a client without an address.
/// `{:#}` is Combined Log Format, which adds `"referer" "user agent"`.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a>(pub &'a AccessRecord<'a>);

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccessRecord { client, date, record, .. } = self.0;
        let date = std::str::from_utf8(date).unwrap_or_default();
        let part = |range| date.get(range).unwrap_or("-");
        let (day, month, year, time) = (part(5..7), part(8..11), part(12..16), part(17..25));
        match client {
            Some(client) => write!(f, "{}", client.ip())?,
            None => f.write_char('-')?,
        }
        write!(f, " - - [{day}/{month}/{year}:{time} +0000] ")?;
        quote(f, record.request_line())?;
        write!(f, " {} {}", record.status.code(), record.body_sent)?;
        if f.alternate() {
            for name in ["referer", "user-agent"] {
                f.write_char(' ')?;
                quote(f, record.headers().first(name).unwrap_or(b"-"))?;
            }
        }
        Ok(())
    }
}

fn quote(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    for byte in bytes {
        match byte {
            b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
            b' '..=b'~' => f.write_char(char::from(*byte))?,
            _ => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bantam::ExchangeRecord;
    use bantam::wire::Status;

    use super::*;

    fn lines(head: &[u8]) -> [String; 2] {
        let record = ExchangeRecord::new(head, Status::OK, 12, None);
        let (client, date) = ("[::1]:5".parse().ok(), *b"Sun, 06 Nov 1994 08:49:37 GMT");
        let access = AccessRecord { client, date, duration: Duration::ZERO, record: &record };
        [format!("{}", LogLine(&access)), format!("{:#}", LogLine(&access))]
    }

    #[test]
    fn a_response_is_a_line_in_common_log_format() {
        let expected = r#"::1 - - [06/Nov/1994:08:49:37 +0000] "GET / HTTP/1.1" 200 12"#;
        assert_eq!(lines(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")[0], expected);
    }

    #[test]
    fn a_head_that_is_not_whole_has_neither_referer_nor_user_agent() {
        let [common, combined] = lines(b"GET / HTTP/1.1\r\nHost: a\r\nReferer: b\r\nUser-Agent: c");
        assert_eq!(combined, format!(r#"{common} "-" "-""#));
    }

    #[test]
    fn the_combined_format_adds_referer_and_user_agent() {
        let [common, combined] = lines(b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a \"b\"\r\n\r\n");
        assert_eq!(combined, format!(r#"{common} "-" "a \"b\"""#));
    }

    #[test]
    fn control_bytes_and_quotes_are_escaped() {
        let [common, _] = lines(b"\"\x0b\x1b[2J\xff\\\r\nReferer: \x0b\xff\r\n");
        assert!(common.contains(r#""\"\x0b\x1b[2J\xff\\""#), "{common}");
        let [_, combined] = lines(b"GET / HTTP/1.0\r\nReferer: \t\xff\"\\\r\n\r\n");
        assert!(combined.contains(r#" "\xff\"\\" "#), "{combined}");
    }
}
