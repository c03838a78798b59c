//! A line of the access log as a JSON object (RFC 8259), written byte by byte.
//!
//! Invariant: a record is valid JSON in UTF-8 without a line break.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bantam::wire::Date;

use super::observer::AccessRecord;
use super::text::{Plain, digit, hex_digit, push_address, push_decimal};

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// A second since 1970, and its time of RFC 3339 up to the milliseconds.
type Second = (u64, [u8; 20]);

thread_local! {
    /// The last second that this thread has written.
    static SECOND: Cell<Second> = const { Cell::new((0, *b"1970-01-01T00:00:00.")) };
}

/// Pushes the object. `now` is the time that it states.
pub(super) fn push(line: &mut Vec<u8>, access: &AccessRecord<'_>, now: SystemTime) {
    let record = access.record;
    let (request, headers) = (record.request_line(), record.headers());
    line.extend_from_slice(b"{\"time\":\"");
    push_time(line, now);
    line.extend_from_slice(b"\",\"client\":");
    match access.client {
        Some(client) => {
            line.push(b'"');
            push_address(line, client.ip());
            line.push(b'"');
        }
        None => line.extend_from_slice(b"null"),
    }
    line.extend_from_slice(b",\"user\":");
    push_optional(line, access.user);
    line.extend_from_slice(b",\"request\":");
    push_optional(line, Some(request));
    let host = headers.first("host");
    // A head with a field is whole and valid. The parts of its line stand between single spaces, and the version has eight bytes.
    let is_valid = host.is_some() || record.request().is_some();
    let method_end = request.iter().position(|byte| *byte == b' ').filter(|_| is_valid);
    let target = |end| request.get(end + 1..request.len().checked_sub(" HTTP/1.1".len())?);
    line.extend_from_slice(b",\"method\":");
    push_optional(line, method_end.and_then(|end| request.get(..end)));
    line.extend_from_slice(b",\"target\":");
    push_optional(line, method_end.and_then(target));
    line.extend_from_slice(b",\"host\":");
    push_optional(line, host);
    line.extend_from_slice(b",\"status\":");
    push_decimal(line, record.status.code().into());
    line.extend_from_slice(b",\"bytes\":");
    push_decimal(line, record.body_sent);
    line.extend_from_slice(b",\"microseconds\":");
    push_decimal(line, u64::try_from(access.duration.as_micros()).unwrap_or(u64::MAX));
    line.extend_from_slice(b",\"referer\":");
    push_optional(line, headers.first("referer"));
    line.extend_from_slice(b",\"user_agent\":");
    push_optional(line, headers.first("user-agent"));
    line.extend_from_slice(b",\"tls\":");
    push_optional(line, access.tls.map(|version| version.number().as_bytes()));
    line.push(b'}');
}

/// RFC 3339 with milliseconds, in UTC.
fn push_time(line: &mut Vec<u8>, now: SystemTime) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (mut second, mut text) = SECOND.get();
    if since.as_secs() != second {
        (second, text) = second_of(since);
        SECOND.set((second, text));
    }
    let millis = since.subsec_millis();
    line.extend_from_slice(&text);
    line.extend_from_slice(&[
        digit((millis / 100) as u8),
        digit((millis / 10 % 10) as u8),
        digit((millis % 10) as u8),
        b'Z',
    ]);
}

fn second_of(since: Duration) -> Second {
    let mut text = [b'.'; 20];
    text[..19].copy_from_slice(&date_time(since.as_secs()));
    (since.as_secs(), text)
}

/// Date and time of RFC 3339 without a zone, rearranged from an IMF-fixdate.
pub(crate) fn date_time(seconds: u64) -> [u8; 19] {
    let date = Date::new(seconds).imf_fixdate();
    let mut text = *b"1970-01-01T00:00:00";
    let month = MONTHS.iter().position(|name| name[..] == date[8..11]).unwrap_or(0) as u8 + 1;
    text[..4].copy_from_slice(&date[12..16]);
    text[5..7].copy_from_slice(&[digit(month / 10), digit(month)]);
    text[8..10].copy_from_slice(&date[5..7]);
    text[11..19].copy_from_slice(&date[17..25]);
    text
}

/// Pushes a string, or null.
fn push_optional(line: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else { return line.extend_from_slice(b"null") };
    line.push(b'"');
    if (Plain { last: 0x7f, ..PLAIN }).includes_all(bytes) {
        line.extend_from_slice(bytes);
    } else {
        for chunk in bytes.utf8_chunks() {
            PLAIN.push(line, chunk.valid().as_bytes(), push_escaped);
            if !chunk.invalid().is_empty() {
                line.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
    line.push(b'"');
}

/// RFC 8259 section 7: control characters, the quote and the backslash are escaped.
const PLAIN: Plain = Plain { first: b' ', last: 0xff };

fn push_escaped(line: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'\x08' => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        b'\x0c' => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => byte,
        _ => {
            return line.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex_digit(byte >> 4), hex_digit(byte)]);
        }
    };
    line.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bantam::ExchangeRecord;
    use bantam::wire::Status;

    use super::*;

    fn line(head: &[u8], user: Option<&[u8]>) -> String {
        let record = ExchangeRecord::new(head, Status::OK, 12, None);
        let (client, date) = ("[::1]:5".parse().ok(), *b"Sun, 06 Nov 1994 08:49:37 GMT");
        let mut access = AccessRecord::new(client, date, Duration::from_micros(7), &record);
        access.user = user;
        let (mut line, now) = (Vec::new(), UNIX_EPOCH + Duration::from_millis(784_111_777_005));
        push(&mut line, &access, now);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_response_is_an_object_on_one_line() {
        let expected = concat!(
            r#"{"time":"1994-11-06T08:49:37.005Z","client":"::1","user":"a\"da","request":"GET /a HTTP/1.1","#,
            r#""method":"GET","#,
            r#""target":"/a","host":"b","status":200,"bytes":12,"microseconds":7,"referer":null,"user_agent":"\"c\"","tls":null}"#
        );
        let head = b"GET /a HTTP/1.1\r\nHost: b\r\nUser-Agent: \"c\"\r\n\r\n";
        assert_eq!(line(head, Some(b"a\"da")), expected);
    }

    #[test]
    fn a_malformed_request_is_one_line_of_valid_json() {
        let line = line(b"\x16\x03\"\xff\\\x0b", None);
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request"], "\u{16}\u{3}\"\u{fffd}\\\u{b}");
        assert_eq!(value["method"], serde_json::Value::Null);
    }

    #[test]
    fn a_head_that_is_not_whole_has_no_parts() {
        let line = line(b"GET /a HTTP/1.1\r\nHost: b\r\nReferer: c\r\nUser-Agent: d", None);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["request"], "GET /a HTTP/1.1");
        for part in ["method", "target", "host", "referer", "user_agent"] {
            assert_eq!(value[part], serde_json::Value::Null, "{part}");
        }
    }

    /// The serializer of another hand.
    #[test]
    fn a_string_is_written_as_serde_json_writes_it() {
        let all_bytes: Vec<u8> = (0..=255).collect();
        let texts = ["é\u{7f}\u{2028}😀".as_bytes(), b"\xe2\x82", b"a\xf0\x9f\x98b\xff", b"", &all_bytes];
        let single = all_bytes.chunks(1);
        for bytes in single.chain(texts) {
            let mut line = Vec::new();
            push_optional(&mut line, Some(bytes));
            let expected = serde_json::to_string(&String::from_utf8_lossy(bytes)).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_time_is_that_of_its_second_whatever_was_written_before() {
        for (millis, expected) in [
            (1_709_208_000_999, "2024-02-29T12:00:00.999Z"),
            (0, "1970-01-01T00:00:00.000Z"),
            (1_709_208_000_001, "2024-02-29T12:00:00.001Z"),
            (1_709_208_001_010, "2024-02-29T12:00:01.010Z"),
            (1_735_689_599_100, "2024-12-31T23:59:59.100Z"),
        ] {
            let mut line = Vec::new();
            push_time(&mut line, UNIX_EPOCH + Duration::from_millis(millis));
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
