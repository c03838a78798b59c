//! Law: field lines are validated once, when the head is parsed, and looked up in place ever after; no table of
//! headers exists, so no number of them is too many but by their bytes.

use crate::wire::grammar::{TOKEN, cut, run, text, trim};
use crate::wire::target::query::split_once;

/// One header field: its name as sent, and its value without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name; compare it without regard to case.
    pub name: &'a str,
    /// The value; any byte but the controls (RFC 9110 section 5.5).
    pub value: &'a [u8],
}

/// The header fields of a head that has been parsed: a view over its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    lines: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Over validated lines, each ended by CR LF.
    pub(crate) const fn over(lines: &'a [u8]) -> Self {
        Self { lines }
    }

    /// All fields, in the order of the wire.
    #[must_use]
    pub const fn iter(&self) -> HeaderIter<'a> {
        HeaderIter { rest: self.lines }
    }

    /// The value of the first field of this name, whatever its case.
    // Named `first`, not `get`: a name may stand there more than once.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The values of every field of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }

    /// The first value of this name, where it is UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        core::str::from_utf8(self.first(name)?).ok()
    }

    /// The members of a list-valued field, over all its lines (RFC 9110 section 5.6.1).
    pub fn list(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(members)
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = Header<'a>;
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

/// The iterator behind [`Headers::iter`].
#[derive(Clone, Debug)]
pub struct HeaderIter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        let (name, rest) = run(self.rest, TOKEN);
        let [b':', rest @ ..] = rest else { return None };
        let (value, rest) = split_once(rest, b'\r');
        self.rest = rest.and_then(|rest| rest.strip_prefix(b"\n")).unwrap_or(&[]);
        Some(Header { name: text(name), value: trim(value) })
    }
}

/// The members of one list value: split at commas outside quoted strings, trimmed, the empty ones left out.
///
/// ```
/// let members = bantam::wire::members(b"gzip;q=1, \"a,b\" ,, br");
/// assert!(members.eq([&b"gzip;q=1"[..], b"\"a,b\"", b"br"]));
/// ```
pub fn members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    core::iter::from_fn(move || {
        loop {
            let (member, behind) = split_unquoted(rest?, b',');
            rest = behind;
            let member = trim(member);
            if !member.is_empty() {
                return Some(member);
            }
        }
    })
}

/// What stands before the first `delimiter` outside quoted strings (RFC 9110 section 5.6.4), and what behind it.
pub(crate) fn split_unquoted(list: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    let (mut quoted, mut escaped) = (false, false);
    let end = list.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return *byte == delimiter && !quoted,
        }
        false
    });
    let (piece, behind) = cut(list, end.unwrap_or(list.len()));
    (piece, behind.get(1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Headers<'_> = Headers::over(b"Host: a\r\nX:\r\naccept:  b , c\t\r\nAccept: d\r\n");

    #[test]
    fn fields_come_in_order_with_trimmed_values() {
        let expected: [(&str, &[u8]); 4] =
            [("Host", b"a"), ("X", b""), ("accept", b"b , c"), ("Accept", b"d")];
        assert!(LINES.iter().map(|h| (h.name, h.value)).eq(expected));
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(LINES.first("HOST"), Some(&b"a"[..]));
        assert_eq!(LINES.text("ACCEPT"), Some("b , c"));
        assert_eq!(LINES.first("Hos"), None);
    }

    #[test]
    fn a_list_goes_over_all_lines_of_its_name() {
        assert!(LINES.list("accept").eq([&b"b"[..], b"c", b"d"]));
        assert!(LINES.list("x").eq([] as [&[u8]; 0]));
    }

    #[test]
    fn a_comma_in_a_quoted_string_does_not_split() {
        assert!(members(br#""a\",b",c"#).eq([&br#""a\",b""#[..], b"c"]));
        assert!(members(b"\"unended, x").eq([&b"\"unended, x"[..]]));
        assert!(members(b" , ,").eq([] as [&[u8]; 0]));
        assert!(members(b"a\\,b").eq([&b"a\\"[..], b"b"]), "a backslash means nothing outside");
    }
}
