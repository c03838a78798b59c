//! `HTTP-version`, RFC 9112 section 2.3.

use crate::error::Rejection;
use crate::slice::split_at;
use crate::wire::class::{DIGIT, is};
use crate::wire::grammar::{ParseResult, error};

/// The version of a message. A higher minor version counts as 1.1 (RFC 9110 section 2.5), and other major versions are
/// refused, so the enum is exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}

/// Parses a version (a *streaming* parser). Fails at the first byte that cannot be part of one.
pub(crate) fn parse_version(input: &[u8]) -> ParseResult<'_, Version> {
    const NAME: &[u8] = b"HTTP/";
    let incomplete = Err(nom::Err::Incomplete(nom::Needed::Unknown));
    let same = input.iter().zip(NAME).take_while(|(byte, expected)| byte == expected).count();
    let (name, number) = split_at(input, same);
    if name.len() < NAME.len() {
        return if number.is_empty() { incomplete } else { error(number, Rejection::BadVersion) };
    }
    match number {
        [b'1', b'.', b'0', rest @ ..] => Ok((rest, Version::Http10)),
        [b'1', b'.', b'1'..=b'9', rest @ ..] => Ok((rest, Version::Http11)),
        [major, b'.', minor, ..] if is(*major, DIGIT) && is(*minor, DIGIT) => {
            error(number, Rejection::VersionNotSupported)
        }
        [] => incomplete,
        [major] | [major, b'.'] if is(*major, DIGIT) => incomplete,
        [major, b'.', rest @ ..] | [major, rest @ ..] if is(*major, DIGIT) => {
            error(rest, Rejection::BadVersion)
        }
        _ => error(number, Rejection::BadVersion),
    }
}
