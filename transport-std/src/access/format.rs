//! `LogFormat`: the lines of an access log.
//!
//! Invariant: a record is one line, whatever the client sent; in Common and Combined Log Format it is printable ASCII.

use super::json;
use super::observer::AccessRecord;
use super::text::{Plain, digit, hex_digit, push_address, push_decimal};

/// The format of an access log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogFormat {
    /// Common Log Format: `host - user [time] "request line" status bytes`, the time in UTC, with `-` for a client without an
    /// address and for a request without a [user](AccessRecord::user). Quotes, backslashes and bytes that are not printable
    /// ASCII are escaped, in the user's name also spaces.
    #[default]
    Common,
    /// Combined Log Format, which adds `"referer" "user agent"`: `"-"` where there is none, or where the head was refused.
    Combined,
    /// A JSON object: `time` (RFC 3339 with milliseconds, UTC), `client`, `user`, `request` (the request line, valid or not),
    /// `method`, `target`, `host`, `status`, `bytes` (of the body), `microseconds` (of [`AccessRecord::duration`]), `referer`
    /// and `user_agent`. What is not there is null; method, target and fields are null if the head is not whole and valid.
    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    Json,
}

impl LogFormat {
    /// Returns true if a line has [`AccessRecord::duration`].
    #[must_use]
    pub const fn needs_duration(self) -> bool {
        matches!(self, Self::Json)
    }

    /// Appends a record as a line, and a line feed. Allocates only where `line` has to grow.
    ///
    /// ```
    /// use bantam::{ExchangeRecord, wire::Status};
    /// use bantam_std::{AccessRecord, LogFormat};
    ///
    /// let record = ExchangeRecord::new(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Status::OK, 12, None);
    /// let date = *b"Sun, 06 Nov 1994 08:49:37 GMT";
    /// let access = AccessRecord::new("[::1]:5".parse().ok(), date, Default::default(), &record);
    /// let mut line = Vec::new();
    /// LogFormat::Common.append(&mut line, &access);
    /// assert_eq!(line, b"::1 - - [06/Nov/1994:08:49:37 +0000] \"GET / HTTP/1.1\" 200 12\n");
    /// ```
    pub fn append(self, line: &mut Vec<u8>, access: &AccessRecord<'_>) {
        match self {
            Self::Common => push_common(line, access),
            Self::Combined => {
                push_common(line, access);
                let headers = access.record.headers();
                line.extend_from_slice(b" \"");
                push_escaped::<b' '>(line, headers.first("referer").unwrap_or(b"-"));
                line.extend_from_slice(b"\" \"");
                push_escaped::<b' '>(line, headers.first("user-agent").unwrap_or(b"-"));
                line.push(b'"');
            }
            Self::Json => json::push(line, access, std::time::SystemTime::now()),
        }
        line.push(b'\n');
    }
}

fn push_common(line: &mut Vec<u8>, access: &AccessRecord<'_>) {
    let AccessRecord { client, date, record, user, .. } = access;
    match client {
        Some(client) => push_address(line, client.ip()),
        None => line.push(b'-'),
    }
    line.extend_from_slice(b" - ");
    match user {
        // A user that is called `-` is not mistaken for none.
        Some(b"-") => line.extend_from_slice(b"\\x2d"),
        None | Some(b"") => line.push(b'-'),
        Some(name) => push_escaped::<b'!'>(line, name),
    }
    line.extend_from_slice(&timestamp(date));
    push_escaped::<b' '>(line, record.request_line());
    let code = record.status.code();
    let (hundreds, rest) = ((code / 100) as u8, (code % 100) as u8);
    line.extend_from_slice(&[b'"', b' ', digit(hundreds), digit(rest / 10), digit(rest), b' ']);
    push_decimal(line, record.body_sent);
}

/// The time of an IMF-fixdate in brackets, between what stands before and behind it in a line.
fn timestamp(date: &[u8; 29]) -> [u8; 31] {
    let mut text = *b" [06/Nov/1994:08:49:37 +0000] \"";
    for (to, from) in [(2, 5..7), (5, 8..11), (9, 12..16), (14, 17..25)] {
        // The ranges are within both.
        text[to..to + from.len()].copy_from_slice(&date[from]);
    }
    text
}

/// Pushes bytes from `FIRST` to `~` as they are, and escapes the others, quotes and backslashes.
fn push_escaped<const FIRST: u8>(line: &mut Vec<u8>, bytes: &[u8]) {
    let plain = Plain { first: FIRST, last: b'~' };
    if plain.includes_all(bytes) {
        return line.extend_from_slice(bytes);
    }
    plain.push(line, bytes, |line, byte| match byte {
        b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
        _ => line.extend_from_slice(&[b'\\', b'x', hex_digit(byte >> 4), hex_digit(byte)]),
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bantam::ExchangeRecord;
    use bantam::wire::Status;

    use super::*;

    const DATE: [u8; 29] = *b"Sun, 06 Nov 1994 08:49:37 GMT";

    fn line(format: LogFormat, access: &AccessRecord<'_>) -> String {
        let mut line = Vec::new();
        format.append(&mut line, access);
        assert_eq!(line.pop(), Some(b'\n'));
        String::from_utf8(line).unwrap()
    }

    fn lines(head: &[u8]) -> [String; 2] {
        let record = ExchangeRecord::new(head, Status::OK, 12, None);
        let access = AccessRecord::new("[::1]:5".parse().ok(), DATE, Duration::ZERO, &record);
        [LogFormat::Common, LogFormat::Combined].map(|format| line(format, &access))
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
    fn a_backslash_of_a_query_escapes_nothing() {
        let expected = r#""GET /?\\x41[]{|}\\ HTTP/1.1" 200 12"#;
        assert!(lines(b"GET /?\\x41[]{|}\\ HTTP/1.1\r\n")[0].ends_with(expected));
    }

    #[test]
    fn control_bytes_and_quotes_are_escaped() {
        let [common, _] = lines(b"\"\x0b\x1b[2J\xff\\\r\nReferer: \x0b\xff\r\n");
        assert!(common.contains(r#""\"\x0b\x1b[2J\xff\\""#), "{common}");
        let [_, combined] = lines(b"GET / HTTP/1.0\r\nReferer: \t\xff\"\\\r\n\r\n");
        assert!(combined.contains(r#" "\xff\"\\" "#), "{combined}");
    }

    #[test]
    fn each_byte_of_a_long_request_line_is_printable_or_escaped() {
        for byte in (0..=255_u8).filter(|byte| !matches!(byte, b'\r' | b'\n')) {
            for at in [0, 15, 16, 31, 40] {
                let mut head = [b'a'; 41];
                head[at] = byte;
                let escaped = match byte {
                    b'"' | b'\\' => format!("\\{}", char::from(byte)),
                    b' '..=b'~' => char::from(byte).to_string(),
                    _ => format!("\\x{byte:02x}"),
                };
                let expected = format!("\"{}{escaped}{}\" 200", "a".repeat(at), "a".repeat(40 - at));
                assert!(lines(&head)[0].contains(&expected), "{byte} at {at}: {}", lines(&head)[0]);
            }
        }
    }

    #[test]
    fn a_status_has_three_digits() {
        for code in [200, 206, 404, 503, 999] {
            let record = ExchangeRecord::new(b"", Status::new(code).unwrap(), u64::MAX, None);
            let access = AccessRecord::new(None, DATE, Duration::ZERO, &record);
            let expected = format!("- - - [06/Nov/1994:08:49:37 +0000] \"\" {code} {}", u64::MAX);
            assert_eq!(line(LogFormat::Common, &access), expected);
        }
    }

    #[test]
    fn a_name_of_a_user_is_one_word_that_forges_nothing() {
        let record = ExchangeRecord::new(b"", Status::OK, 0, None);
        for (name, logged) in [
            (&b"ada"[..], "ada"),
            (b"", "-"),
            (b"-", "\\x2d"),
            (b"a b\"\\\n\xc3\xa4", r#"a\x20b\"\\\x0a\xc3\xa4"#),
        ] {
            let mut access = AccessRecord::new(None, DATE, Duration::ZERO, &record);
            access.user = Some(name);
            let line = line(LogFormat::Common, &access);
            assert!(line.starts_with(&format!("- - {logged} [06/")), "{line}");
        }
    }
}
