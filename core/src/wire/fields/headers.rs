//! Header fields as a view of validated lines (RFC 9110 section 5), and lists in them.
//!
//! Invariant: the number of fields has no limit, and an index changes no result.

use crate::slice::{split_at, split_once_unquoted, trim};
use crate::wire::class::TOKEN;
use crate::wire::fields::index::{IndexView, Start};
use crate::wire::scan::{
    FAST, VECTORS, all_letters, same_name, skip_line, skip_name, skip_value, take_while,
};
use crate::wire::words::skip_to_line;

/// One header field: its name as sent, and its value without white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name, in any case: a `token`, which is ASCII. Compare it with `eq_ignore_ascii_case`.
    pub name: &'a [u8],
    /// The value; any bytes except controls (RFC 9110 section 5.5). In a response a folded value has the CR LF of the fold in it,
    /// unless [`unfold`](crate::wire::unfold) has replaced them.
    pub value: &'a [u8],
}

/// The header fields of a parsed head: a view of its bytes. Where a word has 64 bits, a [`HeadParser`](crate::wire::HeadParser)
/// records where to look for each name; every other look-up scans the lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    lines: &'a [u8],
    index: IndexView<'a>,
}

impl<'a> Headers<'a> {
    /// A view of validated lines, each with its end.
    pub(crate) const fn new(lines: &'a [u8]) -> Self {
        Self { lines, index: IndexView::NONE }
    }

    /// The same with an index of these lines.
    pub(crate) const fn indexed(lines: &'a [u8], index: IndexView<'a>) -> Self {
        Self { lines, index }
    }

    /// The lines, each with its end.
    #[cfg(any(feature = "server", feature = "ws"))]
    pub(crate) const fn lines(&self) -> &'a [u8] {
        self.lines
    }

    /// All fields, in the order of the wire.
    #[must_use]
    pub const fn iter(&self) -> HeaderIter<'a> {
        HeaderIter { rest: self.lines }
    }

    /// The value of the first field of this name, in any case. A name may occur more than once.
    #[must_use]
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline)]
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.values(name.as_bytes())?.next()
    }

    /// The values of every field of this name.
    #[inline]
    pub fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        // `into_iter().flatten()` is 236 bytes more of a device's flash.
        self.values(name.as_bytes()).unwrap_or(Values::NONE)
    }

    /// The values of a name; `None` if the index has no line for it.
    #[inline(always)]
    fn values<'n>(&self, name: &'n [u8]) -> Option<Values<'a, 'n>> {
        let Start { offset, is_only } = self.index.start(name, self.lines.len())?;
        // Of a name that the compiler knows it computes this.
        let is_usual = FAST && all_letters(name);
        let mut rest = self.lines.get(offset..)?;
        if !VECTORS && offset > 0 {
            rest = skip_to_line(rest, *name.first()?);
        }
        Some(Values { rest, name, is_only, is_usual })
    }

    /// The value of the only field of this name; `None` if there are more.
    pub(crate) fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut values = self.values(name.as_bytes())?;
        values.next().filter(|_| values.next().is_none())
    }

    /// The first value of this name; `None` if it is not UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        core::str::from_utf8(self.first(name)?).ok()
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = Header<'a>;
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

/// The values of the fields of one name, which is not empty.
#[derive(Clone, Debug)]
struct Values<'a, 'n> {
    /// From the start of a line on.
    rest: &'a [u8],
    name: &'n [u8],
    /// No line but the first may have the name.
    is_only: bool,
    /// The name is letters and hyphens, and this processor has the fast code.
    is_usual: bool,
}

impl<'a> Values<'a, '_> {
    const NONE: Self = Self { rest: &[], name: &[], is_only: false, is_usual: false };

    /// Splits the lines behind the value of the first field, if that has the name.
    #[inline(always)]
    fn split_here(&self) -> Option<(&'a [u8], &'a [u8])> {
        let (name, behind) = split_at(self.rest, self.name.len());
        if self.is_usual && matches!(behind, [b':', ..]) {
            // What stands before the colon is the name of the line: in a usual name is none.
            if !same_usual_name(name, self.name) {
                return None;
            }
            if let Some(split) = split_value(behind) {
                return Some(split);
            }
        }
        if !FAST && !same_name(name, self.name) {
            return None;
        }
        let (header, rest) = split_first(self.rest)?;
        // The text before the byte that was looked at may go on with more than a name.
        let is_same = if FAST { same_name(header.name, self.name) } else { header.name.len() == name.len() };
        is_same.then_some((header.value, rest))
    }
}

/// Returns true if a name of letters and hyphens is equal to as many bytes of a line, in any case. Only the case of a letter has the
/// bit that is not compared: in a hyphen it makes CR, and LF follows that.
#[inline(always)]
fn same_usual_name(bytes: &[u8], name: &[u8]) -> bool {
    match (bytes.first_chunk(), name.first_chunk(), bytes.last_chunk(), name.last_chunk()) {
        (Some(a), Some(b), Some(y), Some(z)) if name.len() <= 16 => {
            let differ = |a: &[u8; 8], b: &[u8; 8]| u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
            (differ(a, b) | differ(y, z)) & !u64::from_le_bytes([0x20; 8]) == 0
        }
        _ => same_name(bytes, name),
    }
}

impl<'a> Iterator for Values<'a, '_> {
    type Item = &'a [u8];

    // Apart from `Headers::first`, which is inlined so that the compiler knows its name.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn next(&mut self) -> Option<&'a [u8]> {
        while let (Some(first), Some(behind)) = (self.rest.first(), self.rest.get(self.name.len())) {
            // White space may stand before the colon in a response.
            if self.name.first().is_some_and(|other| (first ^ other) & !0x20 == 0)
                && matches!(behind, b':' | b' ' | b'\t')
                && let Some((value, rest)) = self.split_here()
            {
                self.rest = if self.is_only { &[] } else { rest };
                return Some(value);
            }
            // A line that goes on with the value of the one before has no name: no name is empty.
            self.rest = match self.name {
                _ if self.is_only => &[],
                [letter, ..] if !VECTORS => skip_to_line(self.rest, *letter),
                _ => skip_line(self.rest),
            };
        }
        None
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
        let (header, rest) = split_usual(self.rest).or_else(|| split_first(self.rest))?;
        self.rest = rest;
        Some(header)
    }
}

/// Splits the lines behind a field in the spelling of nearly every client: neither with white space before the colon nor folded.
#[inline(always)]
fn split_usual(lines: &[u8]) -> Option<(Header<'_>, &[u8])> {
    if !FAST {
        return None;
    }
    let colon = skip_name(lines);
    let (value, rest) = split_value(colon)?;
    let name = split_at(lines, lines.len() - colon.len()).0;
    Some((Header { name, value }, rest))
}

/// Splits the lines behind the value of a field of that spelling, from its colon on.
#[inline(always)]
fn split_value(colon: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b':', value @ ..] = colon else { return None };
    let end = skip_value(value);
    let (b"\r\n", rest) = end.split_first_chunk()? else { return None };
    if let [b' ' | b'\t', ..] = rest {
        return None;
    }
    let value = split_at(value, value.len() - end.len()).0;
    let value = match value {
        [b' ', inner @ ..] => inner,
        _ => value,
    };
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let value = if value.first().is_some_and(is_blank) || value.last().is_some_and(is_blank) {
        trim(value)
    } else {
        value
    };
    Some((value, rest))
}

/// Splits the lines behind the first field.
#[cfg_attr(target_pointer_width = "64", cold)]
fn split_first(lines: &[u8]) -> Option<(Header<'_>, &[u8])> {
    let (name, colon) = take_while(lines, TOKEN);
    // In a response white space may stand before the colon, LF alone may end a line, and a line may be folded.
    let value = match colon {
        [b':', value @ ..] => value,
        _ => colon.trim_ascii_start().strip_prefix(b":")?,
    };
    let mut rest = skip_line(value);
    while let [b' ' | b'\t', ..] = rest {
        rest = skip_line(rest);
    }
    let line = split_at(value, value.len() - rest.len()).0;
    Some((Header { name, value: line.trim_ascii() }, rest))
}

/// The members of one list value (RFC 9110 section 5.6.1): split at commas outside quoted strings, trimmed, without the empty
/// ones. What a member is made of is not validated. A quoted string that does not end goes on to the end of the value.
///
/// ```
/// let members = bantam::wire::members(b"gzip;q=1, \"a,b\" ,, br");
/// assert!(members.eq([&b"gzip;q=1"[..], b"\"a,b\"", b"br"]));
/// ```
pub fn members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    split_unquoted(list, b',').map(trim).filter(|member| !member.is_empty())
}

/// The parts of a value between the delimiters outside quoted strings (RFC 9110 section 5.6.4), empty ones too. A quoted string
/// that does not end goes on to the end of the value.
///
/// ```
/// let parts = bantam::wire::split_unquoted(b"a=\"x;y\";;b", b';');
/// assert!(parts.eq([&b"a=\"x;y\""[..], b"", b"b"]));
/// ```
pub fn split_unquoted(value: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    core::iter::from_fn(move || {
        let (part, behind) = split_once_unquoted(rest?, delimiter);
        rest = behind;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Headers<'_> = Headers::new(b"Host: a\r\nX:\r\naccept:  b , c\t\r\nAccept: d\r\n");

    #[test]
    fn fields_come_in_order_with_trimmed_values() {
        let expected: [(&[u8], &[u8]); 4] =
            [(b"Host", b"a"), (b"X", b""), (b"accept", b"b , c"), (b"Accept", b"d")];
        assert!(LINES.iter().map(|h| (h.name, h.value)).eq(expected));
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(LINES.first("HOST"), Some(&b"a"[..]));
        assert_eq!(LINES.text("ACCEPT"), Some("b , c"));
        assert_eq!(LINES.first("Hos"), None);
    }

    #[test]
    fn a_text_that_is_no_name_is_not_found_in_a_line_that_begins_with_it() {
        let lines = Headers::new(b"Host: a:b\r\nX-1 : c\r\nX-1: d\r\n");
        assert_eq!((lines.first("Host: a"), lines.first("X-1 ")), (None, None));
        assert!(lines.all("x-1").eq([b"c", b"d"]));
    }

    #[test]
    fn a_list_goes_over_all_lines_of_its_name() {
        let list = |name| LINES.all(name).flat_map(members);
        assert!(list("accept").eq([&b"b"[..], b"c", b"d"]));
        assert!(list("x").eq([] as [&[u8]; 0]));
    }

    #[test]
    fn a_comma_in_a_quoted_string_does_not_split() {
        assert!(members(br#""a\",b",c"#).eq([&br#""a\",b""#[..], b"c"]));
        assert!(members(b"\"unended, x").eq([&b"\"unended, x"[..]]));
        assert!(members(b" , ,").eq([] as [&[u8]; 0]));
        assert!(members(b"a\\,b").eq([&b"a\\"[..], b"b"]), "a backslash means nothing outside");
    }
}
