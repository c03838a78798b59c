//! Law: every byte class of RFC 9110, 9112 and 3986 is decided here, by one look-up in one table; the rest of the
//! room asks for a run of a class and never compares characters of its own.
//!
//! The atoms are nom parsers, `fn(&[u8]) -> IResult<&[u8], O, ParseError>`, and compose with a caller's own. They are of
//! nom's *complete* kind: they parse a slice that is all there is.

use core::fmt;

use nom::IResult;
use nom::error::{self, ErrorKind};

use crate::error::Rejection;
use crate::wire::scan::{WIDE, skip};

/// The result of every parser in this room.
pub type ParseResult<'a, O> = IResult<&'a [u8], O, ParseError<'a>>;

/// Why a parser refused, and where: `rest` begins with the byte that could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError<'a> {
    /// The input from the refused byte on.
    pub rest: &'a [u8],
    /// What the peer is to be told.
    pub rejection: Rejection,
}

impl ParseError<'_> {
    /// How many bytes of `whole`, the parser's input, stand before the refused one.
    #[must_use]
    pub const fn offset(&self, whole: &[u8]) -> usize {
        whole.len().saturating_sub(self.rest.len())
    }
}

/// The reason, and what stands at the refused place: its offset is known to whoever has the whole.
impl fmt::Display for ParseError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match cut(self.rest, 16).0 {
            [] => write!(f, "{} (at the end)", self.rejection),
            front => write!(f, "{} (at \"{}\")", self.rejection, front.escape_ascii()),
        }
    }
}

impl core::error::Error for ParseError<'_> {}

impl<'a> error::ParseError<&'a [u8]> for ParseError<'a> {
    fn from_error_kind(rest: &'a [u8], _: ErrorKind) -> Self {
        Self { rest, rejection: Rejection::BadField }
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

pub(crate) const fn parse_error<O>(rest: &[u8], rejection: Rejection) -> ParseResult<'_, O> {
    Err(nom::Err::Error(ParseError { rest, rejection }))
}

/// `tchar`, RFC 9110 section 5.6.2.
pub(crate) const TOKEN: u8 = 1;
/// What a field value may hold: `field-vchar`, space and tab; RFC 9110 section 5.5.
pub(crate) const FIELD: u8 = 2;
/// Every byte that any form of request target may hold: RFC 3986 without the fragment's `#`.
pub(crate) const TARGET: u8 = 4;
/// `pchar` and `/`, RFC 3986 section 3.3, without escapes: [`crate::wire::target::percent::run_escaped`] knows them.
pub(crate) const PATH: u8 = 8;
/// `reg-name`, RFC 3986 section 3.2.2, without escapes.
pub(crate) const NAME: u8 = 16;
/// `DIGIT`.
pub(crate) const DIGIT: u8 = 32;
/// `HEXDIG`, either case.
pub(crate) const HEX: u8 = 64;
/// A query or a fragment, RFC 3986 section 3.4, without escapes.
pub(crate) const QUERY: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = classes_of(i as u8);
        i += 1;
    }
    table
};

const fn one_of(set: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

const fn classes_of(b: u8) -> u8 {
    let alnum = b.is_ascii_alphanumeric();
    let unreserved = alnum || one_of(b"-._~", b);
    let name = unreserved || one_of(b"!$&'()*+,;=", b);
    let path = name || one_of(b":@/", b);
    let mut classes = 0;
    if alnum || one_of(b"!#$%&'*+-.^_`|~", b) {
        classes |= TOKEN;
    }
    if b == b'\t' || (b >= b' ' && b != 0x7f) {
        classes |= FIELD;
    }
    if path || one_of(b"?[]%", b) {
        classes |= TARGET;
    }
    if path {
        classes |= PATH;
    }
    if path || b == b'?' {
        classes |= QUERY;
    }
    if name {
        classes |= NAME;
    }
    if b.is_ascii_digit() {
        classes |= DIGIT;
    }
    if b.is_ascii_hexdigit() {
        classes |= HEX;
    }
    classes
}

/// Is `byte` of one of `classes`?
pub(crate) const fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}

/// Splits without a panic: `at` beyond the end is the end.
pub(crate) fn cut(input: &[u8], at: usize) -> (&[u8], &[u8]) {
    input.split_at_checked(at).unwrap_or((input, &[]))
}

/// The longest run of bytes of `classes` at the front, and what follows it. The run may be empty.
pub(crate) fn run(input: &[u8], classes: u8) -> (&[u8], &[u8]) {
    if WIDE {
        return cut(input, input.len() - skip(input, classes).len());
    }
    let mut rest = input;
    while let [byte, tail @ ..] = rest {
        if !is(*byte, classes) {
            break;
        }
        rest = tail;
    }
    cut(input, input.len() - rest.len())
}

/// `token = 1*tchar` (RFC 9110 section 5.6.2): methods, field names, list members.
///
/// ```
/// assert_eq!(bantam::wire::token(b"gzip;q=1"), Ok((&b";q=1"[..], &b"gzip"[..])));
/// ```
///
/// # Errors
/// [`Rejection::BadField`] where the input does not begin with a `tchar`.
pub fn token(input: &[u8]) -> ParseResult<'_, &[u8]> {
    match run(input, TOKEN) {
        ([], rest) => parse_error(rest, Rejection::BadField),
        (token, rest) => Ok((rest, token)),
    }
}

/// `field-value` (RFC 9110 section 5.5): everything up to the first control character, without the optional white
/// space at both ends. Never fails; the value may be empty.
///
/// # Errors
/// None.
pub fn field_value(input: &[u8]) -> ParseResult<'_, &[u8]> {
    let (value, rest) = run(input, FIELD);
    Ok((rest, trim(value)))
}

/// `1*DIGIT` as a checked `u64` on every target: no sign, no space, no overflow.
///
/// # Errors
/// [`Rejection::BadContentLength`] where there is no digit or the number is 2^64 or more.
pub fn decimal(input: &[u8]) -> ParseResult<'_, u64> {
    let (digits, rest) = run(input, DIGIT);
    let value =
        digits.iter().try_fold(0u64, |n, digit| n.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    match value {
        Some(value) if !digits.is_empty() => Ok((rest, value)),
        _ => parse_error(input, Rejection::BadContentLength),
    }
}

/// Without the optional white space (`OWS`: spaces and tabs) at both ends.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The value of one hexadecimal digit.
pub(crate) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// What was proved to be ASCII by its class, as text; no input makes it lossy.
pub(crate) fn text(ascii: &[u8]) -> &str {
    core::str::from_utf8(ascii).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_at_the_first_separator() {
        assert_eq!(token(b"chunked, x"), Ok((&b", x"[..], &b"chunked"[..])));
        assert!(token(b"").is_err());
        assert!(token(b" chunked").is_err());
        assert!(token(b"\x80").is_err());
    }

    #[test]
    fn every_separator_of_rfc_9110_is_outside_a_token() {
        for byte in *b"\"(),/:;<=>?@[\\]{} \t\r\n\0\x7f" {
            assert!(!is(byte, TOKEN), "{byte:#x}");
        }
        assert_eq!((0..=255).filter(|b| is(*b, TOKEN)).count(), 77);
    }

    #[test]
    fn a_value_holds_no_control_but_the_tab() {
        for byte in 0..=255u8 {
            let control = byte < b' ' && byte != b'\t' || byte == 0x7f;
            assert_eq!(is(byte, FIELD), !control, "{byte:#x}");
        }
        assert_eq!(field_value(b" \t a b \t\r\n"), Ok((&b"\r\n"[..], &b"a b"[..])));
    }

    #[test]
    fn a_decimal_is_checked_at_its_last_digit() {
        assert_eq!(decimal(b"18446744073709551615"), Ok((&b""[..], u64::MAX)));
        assert!(decimal(b"18446744073709551616").is_err());
        assert!(decimal(b"").is_err());
        assert!(decimal(b"+5").is_err());
        assert_eq!(decimal(b"5 5"), Ok((&b" 5"[..], 5)));
    }

    #[test]
    fn a_flaw_knows_its_offset() {
        let input = b"\x01x";
        let Err(nom::Err::Error(flaw)) = token(input) else { panic!("accepted") };
        assert_eq!(flaw.offset(input), 0);
        assert_eq!(std::format!("{flaw}"), "A field line is not valid. (at \"\\x01x\")");
    }
}
