//! Common and Combined Log Format.
//!
//! Invariant: a record is one line of printable ASCII, whatever the client sent.

use std::fmt::{self, Write as _};

use super::observer::AccessRecord;

/// Formats a record as a line of an access log, in UTC and without a line end.
///
/// `{}` is Common Log Format, `host - user [time] "request line" status bytes`, with `-` for a client without an address and
/// for a request without a [user](AccessRecord::user). `{:#}` is Combined Log Format, which adds `"referer" "user agent"`: `"-"`
/// where there is none, or where the head was refused.
/// Quotes, backslashes and bytes that are not printable ASCII are escaped, in the user's name also spaces.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a>(pub &'a AccessRecord<'a>);

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccessRecord { client, date, record, user, .. } = self.0;
        match client {
            Some(client) => write!(f, "{}", client.ip())?,
            None => f.write_char('-')?,
        }
        f.write_str(" - ")?;
        match user {
            // A user that is called `-` is not mistaken for none.
            Some(b"-") => f.write_str("\\x2d")?,
            None | Some(b"") => f.write_char('-')?,
            Some(name) => escape(f, name, |byte| matches!(byte, b'!'..=b'~'))?,
        }
        let date = std::str::from_utf8(date).unwrap_or_default();
        for (before, range) in [(" [", 5..7), ("/", 8..11), ("/", 12..16), (":", 17..25)] {
            f.write_str(before)?;
            f.write_str(date.get(range).unwrap_or("-"))?;
        }
        f.write_str(" +0000] ")?;
        quote(f, record.request_line())?;
        write!(f, " {} {}", record.status.code(), record.body_sent)?;
        if f.alternate() {
            let fields = record.headers();
            for name in ["referer", "user-agent"] {
                f.write_char(' ')?;
                quote(f, fields.first(name).unwrap_or(b"-"))?;
            }
        }
        Ok(())
    }
}

fn quote(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    escape(f, bytes, |byte| matches!(byte, b' '..=b'~'))?;
    f.write_char('"')
}

/// Writes the bytes that are plain as they are, in runs, and escapes the others, quotes and backslashes.
fn escape(f: &mut fmt::Formatter<'_>, mut bytes: &[u8], is_plain: impl Fn(&u8) -> bool) -> fmt::Result {
    loop {
        let plain = |byte: &u8| is_plain(byte) && !matches!(byte, b'"' | b'\\');
        let end = bytes.iter().position(|byte| !plain(byte)).unwrap_or(bytes.len());
        let (run, rest) = bytes.split_at(end);
        // Plain bytes are ASCII.
        f.write_str(std::str::from_utf8(run).unwrap_or_default())?;
        match rest.split_first() {
            Some((byte @ (b'"' | b'\\'), rest)) => {
                write!(f, "\\{}", char::from(*byte))?;
                bytes = rest;
            }
            Some((byte, rest)) => {
                write!(f, "\\x{byte:02x}")?;
                bytes = rest;
            }
            None => return Ok(()),
        }
    }
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
        let access = AccessRecord::new(client, date, Duration::ZERO, &record);
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
    fn a_name_of_a_user_is_one_word_that_forges_nothing() {
        let record = ExchangeRecord::new(b"", Status::OK, 0, None);
        for (name, logged) in [
            (&b"ada"[..], "ada"),
            (b"", "-"),
            (b"-", "\\x2d"),
            (b"a b\"\\\n\xc3\xa4", r#"a\x20b\"\\\x0a\xc3\xa4"#),
        ] {
            let mut access =
                AccessRecord::new(None, *b"Sun, 06 Nov 1994 08:49:37 GMT", Duration::ZERO, &record);
            access.user = Some(name);
            assert!(
                LogLine(&access).to_string().starts_with(&format!("- - {logged} [06/")),
                "{}",
                LogLine(&access)
            );
        }
    }
}
