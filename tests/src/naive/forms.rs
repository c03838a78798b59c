//! Queries and forms, their values and their HTML, as a naive reader decodes them.

use std::fmt::Debug;
use std::str::FromStr;

use bantam::wire::Query;
use bantam::{Rejection, escape};

/// Decodes `+` and escapes; a `%` that begins none stands for itself.
fn decode(raw: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let digits = raw.get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match (byte, digits) {
            (b'%', Some(digits)) => {
                decoded.push(u8::from_str_radix(digits, 16).expect("two digits"));
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(*byte),
        }
        at += 1;
    }
    decoded
}

/// The pairs, encoded.
fn pairs(text: &[u8]) -> Vec<(&[u8], &[u8])> {
    let pair = |pair: &'_ [u8]| pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
    let parts = text.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    parts.map(|part| (&part[..pair(part)], part.get(pair(part) + 1..).unwrap_or_default())).collect()
}

fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;").replace('\0', "\u{fffd}")
}

fn check_value<T: FromStr + Debug + PartialEq>(query: Query<'_>, name: &str, raw: Option<&[u8]>) {
    let decoded = raw.map(decode).and_then(|decoded| String::from_utf8(decoded).ok());
    let is_short =
        |raw: &[u8]| !raw.iter().any(|byte| b"%+".contains(byte)) || decode(raw).len() <= Query::MAX_DECODED;
    let parsed =
        decoded.as_ref().filter(|_| raw.is_some_and(is_short)).and_then(|text| text.parse::<T>().ok());
    assert_eq!(query.get(name), parsed.ok_or(Rejection::BadInput));
    match raw {
        None | Some([]) => assert_eq!(query.opt::<T>(name), Ok(None)),
        _ => assert_eq!(query.opt::<T>(name), query.get(name).map(Some)),
    }
    let mut memory = vec![0; raw.map_or(0, <[u8]>::len)];
    assert_eq!(query.text(name, &mut memory), decoded.as_deref().ok_or(Rejection::BadInput));
}

/// Checks that the core finds the same pairs, values and HTML in this text.
///
/// # Panics
/// If it does not.
pub fn check(text: &[u8]) {
    let (query, expected) = (Query::new(text), pairs(text));
    assert_eq!(query.map(|(name, value)| (name.raw(), value.raw())).collect::<Vec<_>>(), expected);
    for (name, value) in query {
        let shown = String::from_utf8_lossy(&decode(value.raw())).into_owned();
        assert_eq!(value.to_string(), shown);
        assert_eq!(escape(value).to_string(), html(&shown));
        let (mut pieces, mut joined) = (escape(value).pieces(), String::new());
        while let Some(piece) = pieces.next_piece() {
            joined.push_str(piece);
        }
        assert_eq!(joined, html(&shown));
        let Ok(name) = String::from_utf8(decode(name.raw())) else { continue };
        let first = expected.iter().find(|(other, _)| decode(other) == name.as_bytes()).map(|(_, raw)| *raw);
        check_value::<u8>(query, &name, first);
        check_value::<i64>(query, &name, first);
        check_value::<String>(query, &name, first);
    }
    let absent = "\u{1f413}";
    if !expected.iter().any(|(name, _)| decode(name) == absent.as_bytes()) {
        check_value::<u8>(query, absent, None);
    }
}
