//! The error of every parser here, and the atoms of RFC 9110 section 5.6 as nom parsers of the *complete* kind.

use core::fmt;

use nom::IResult;
use nom::error::{self, ErrorKind};

use crate::error::Rejection;
use crate::slice::{parse_digits, split_at, trim};
use crate::wire::class::{DIGIT, FIELD_VALUE, TOKEN};
use crate::wire::scan::take_while;

/// The result of every parser in this module.
pub type ParseResult<'a, O> = IResult<&'a [u8], O, ParseError<'a>>;

/// Why a parser refused its input, and where: `rest` begins with the first byte that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError<'a> {
    /// The input from the refused byte on.
    pub rest: &'a [u8],
    /// The rule that the input breaks.
    pub rejection: Rejection,
}

impl ParseError<'_> {
    /// The number of bytes of `input`, the parser's whole input, before the refused one.
    #[must_use]
    pub const fn offset(&self, input: &[u8]) -> usize {
        input.len().saturating_sub(self.rest.len())
    }
}

/// The reason and the bytes at the refused place. The offset is missing: it takes the whole input.
impl fmt::Display for ParseError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match split_at(self.rest, 16).0 {
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

pub(crate) const fn error<O>(rest: &[u8], rejection: Rejection) -> ParseResult<'_, O> {
    Err(nom::Err::Error(ParseError { rest, rejection }))
}

/// `token = 1*tchar` (RFC 9110 section 5.6.2): methods, field names, list members.
///
/// ```
/// assert_eq!(bantam::wire::token(b"gzip;q=1"), Ok((&b";q=1"[..], &b"gzip"[..])));
/// ```
///
/// # Errors
/// [`Rejection::BadField`] if the input does not begin with a `tchar`.
pub fn token(input: &[u8]) -> ParseResult<'_, &[u8]> {
    match take_while(input, TOKEN) {
        ([], rest) => error(rest, Rejection::BadField),
        (token, rest) => Ok((rest, token)),
    }
}

/// `field-value` (RFC 9110 section 5.5): everything up to the first control character, without the optional white
/// space at both ends. Never fails; the value may be empty.
pub fn field_value(input: &[u8]) -> ParseResult<'_, &[u8]> {
    let (value, rest) = take_while(input, FIELD_VALUE);
    Ok((rest, trim(value)))
}

/// `1*DIGIT` as a checked `u64` on every target: no sign, no space, no overflow.
///
/// # Errors
/// [`Rejection::BadContentLength`] if there is no digit, or at 2^64 and above.
pub fn decimal(input: &[u8]) -> ParseResult<'_, u64> {
    let (digits, rest) = take_while(input, DIGIT);
    match parse_digits(digits) {
        Some(value) if !digits.is_empty() => Ok((rest, value)),
        _ => error(input, Rejection::BadContentLength),
    }
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
    fn a_value_is_trimmed_and_ends_at_a_control() {
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
    fn an_error_has_an_offset_and_shows_the_refused_bytes() {
        let input = b"\x01x";
        let Err(nom::Err::Error(error)) = token(input) else { panic!("accepted") };
        assert_eq!(error.offset(input), 0);
        assert_eq!(std::format!("{error}"), "A field line is not valid. (at \"\\x01x\")");
    }
}
