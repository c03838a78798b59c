//! Percent-encoding, RFC 3986 section 2.1, decoded on demand into memory of the caller.
//!
//! Invariant: nothing is decoded before it has been split at its delimiters (section 2.4), and nothing is decoded twice.

use core::fmt;

use crate::slice::{hex_digit, split_at};
use crate::utf8_lossy::Utf8Lossy;
use crate::wire::class::{HEX, is};
use crate::wire::scan::{FAST, skip};

/// A part of a URI or of a form as it was sent, decoded on demand. `Display` decodes it, with U+FFFD for bytes that are not UTF-8;
/// for HTML it has to be [escaped](crate::escape).
///
/// ```
/// let name = bantam::wire::PercentEncoded::form("Ada+%3Cb%3E");
/// assert_eq!(name, "Ada <b>");
/// assert_eq!(name.to_string(), "Ada <b>");
/// let mut memory = [0; 16];
/// assert_eq!(name.decode(&mut memory), Some(&b"Ada <b>"[..]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PercentEncoded<'a> {
    raw: &'a [u8],
    escapes: Escapes,
    /// The same as text, if it is known that nothing in it is encoded; absent on small targets.
    plain: [Option<&'a str>; FAST as usize],
}

/// What stands for another byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escapes {
    /// `%` and two hexadecimal digits.
    Path,
    /// The same, and `+`.
    Form,
    /// `%22`, `%0D` and `%0A`.
    FormData,
}

impl<'a> PercentEncoded<'a> {
    /// A part of a path: `+` is a plus sign.
    #[must_use]
    pub fn path(raw: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self { raw: raw.as_ref(), escapes: Escapes::Path, plain: [None; FAST as usize] }
    }

    /// A name in `multipart/form-data`, in which browsers escape `"`, CR and LF, and nothing else.
    pub(crate) const fn form_data(raw: &'a [u8]) -> Self {
        Self { raw, escapes: Escapes::FormData, plain: [None; FAST as usize] }
    }

    /// A name or value of `application/x-www-form-urlencoded`: `+` is a space.
    #[must_use]
    pub fn form(raw: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::with_plain(raw.as_ref(), None)
    }

    /// A name or value of a form. `plain` is the same as text if nothing in it is encoded.
    pub(crate) const fn with_plain(raw: &'a [u8], plain: Option<&'a str>) -> Self {
        Self { raw, escapes: Escapes::Form, plain: [plain; FAST as usize] }
    }

    /// The encoded bytes, as sent.
    #[must_use]
    pub const fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The decoded bytes, one by one. A `%` without two hexadecimal digits decodes to itself.
    #[must_use]
    pub const fn bytes(self) -> PercentDecode<'a> {
        PercentDecode { rest: self.raw, escapes: self.escapes }
    }

    /// The decoded characters, with U+FFFD for bytes that are not UTF-8.
    pub(crate) const fn chars(self) -> Utf8Lossy<PercentDecode<'a>> {
        Utf8Lossy::new(self.bytes())
    }

    /// Decodes into `memory`; `None` if it is too small (`raw().len()` bytes are always enough).
    #[must_use]
    pub fn decode(self, memory: &mut [u8]) -> Option<&[u8]> {
        let mut length = 0;
        for byte in self.bytes() {
            *memory.get_mut(length)? = byte;
            length += 1;
        }
        memory.get(..length)
    }

    /// Decodes into `memory` as UTF-8; `None` if it is too small or the bytes are not UTF-8.
    #[must_use]
    pub fn decode_str(self, memory: &mut [u8]) -> Option<&str> {
        core::str::from_utf8(self.decode(memory)?).ok()
    }

    /// Like [`Self::decode_str`], but without a copy if nothing is encoded: it returns the input then, and leaves `memory`
    /// unused.
    ///
    /// ```
    /// let mut query = bantam::wire::Query::new(b"plain=a-long-value&coded=%41");
    /// let mut memory = [0; 4];
    /// let values = [(); 2].map(|()| query.next().and_then(|(_, value)| Some(value.text(&mut memory)?.len())));
    /// assert_eq!(values, [Some(12), Some(1)]);
    /// ```
    #[must_use]
    #[inline]
    pub fn text<'m>(self, memory: &'m mut [u8]) -> Option<&'m str>
    where
        'a: 'm,
    {
        match self.plain.first() {
            Some(Some(text)) => Some(text),
            _ if self
                .raw
                .iter()
                .any(|byte| *byte == b'%' || self.escapes == Escapes::Form && *byte == b'+') =>
            {
                self.decode_str(memory)
            }
            _ => core::str::from_utf8(self.raw).ok(),
        }
    }
}

impl fmt::Display for PercentEncoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text(&mut []) {
            return f.write_str(text);
        }
        let mut chars = self.chars();
        while let Some(char) = chars.next_char() {
            f.write_str(char)?;
        }
        Ok(())
    }
}

impl PartialEq<str> for PercentEncoded<'_> {
    fn eq(&self, other: &str) -> bool {
        let mut bytes = self.bytes();
        other.bytes().all(|byte| bytes.next() == Some(byte)) && bytes.next().is_none()
    }
}

impl PartialEq<&str> for PercentEncoded<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// The iterator behind [`PercentEncoded::bytes`].
#[derive(Clone, Debug)]
pub struct PercentDecode<'a> {
    rest: &'a [u8],
    escapes: Escapes,
}

impl<'a> PercentDecode<'a> {
    /// The bytes that are left, encoded.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl Iterator for PercentDecode<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, tail) = self.rest.split_first()?;
        self.rest = tail;
        match (first, tail) {
            (b'+', _) if self.escapes == Escapes::Form => Some(b' '),
            (b'%', [high, low, rest @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(_), Some(_))
                    if self.escapes == Escapes::FormData
                        && !matches!([*high, *low], [b'2', b'2'] | [b'0', b'D' | b'A']) =>
                {
                    Some(first)
                }
                (Some(high), Some(low)) => {
                    self.rest = rest;
                    Some(high << 4 | low)
                }
                _ => Some(first),
            },
            _ => Some(first),
        }
    }
}

/// `text` behind the longest run of bytes of `classes` and of `pct-encoded`.
pub(crate) fn skip_escaped(text: &[u8], classes: u8) -> &[u8] {
    let mut rest = skip(text, classes);
    while let [b'%', high, low, tail @ ..] = rest {
        if !is(*high, HEX) || !is(*low, HEX) {
            break;
        }
        rest = skip(tail, classes);
    }
    rest
}

/// Splits `text` at the end of that run.
pub(crate) fn take_escaped(text: &[u8], classes: u8) -> (&[u8], &[u8]) {
    split_at(text, text.len() - skip_escaped(text, classes).len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::class::REG_NAME;

    #[test]
    fn every_byte_survives_encoding_in_either_case() {
        for byte in 0..=255u8 {
            let mut lower = *b"%00";
            let mut upper = *b"%00";
            for (at, nibble) in [(1, byte >> 4), (2, byte & 15)] {
                lower[at] = b"0123456789abcdef"[usize::from(nibble)];
                upper[at] = b"0123456789ABCDEF"[usize::from(nibble)];
            }
            assert!(PercentEncoded::path(&lower).bytes().eq([byte]));
            assert!(PercentEncoded::path(&upper).bytes().eq([byte]));
        }
    }

    #[test]
    fn a_plus_is_a_space_in_a_form_and_a_plus_in_a_path() {
        assert_eq!(PercentEncoded::form(b"a+b%2Bc"), "a b+c");
        assert_eq!(PercentEncoded::path(b"a+b%2Bc"), "a+b+c");
    }

    #[test]
    fn a_broken_escape_is_not_sound_and_stands_for_itself() {
        for broken in ["%", "a%", "%4", "%4g", "%g4", "100%"] {
            assert!(!take_escaped(broken.as_bytes(), REG_NAME).1.is_empty(), "{broken}");
            assert_eq!(PercentEncoded::path(broken), broken);
        }
        for sound in ["", "%41%ff", "ab", "%00a%Fe"] {
            assert_eq!(take_escaped(sound.as_bytes(), REG_NAME), (sound.as_bytes(), &b""[..]));
        }
    }

    #[test]
    fn decoding_twice_never_happens() {
        assert_eq!(PercentEncoded::path(b"%252e"), "%2e");
    }

    #[test]
    fn memory_that_is_too_small_is_refused() {
        assert_eq!(PercentEncoded::path(b"%41bc").decode(&mut [0; 2]), None);
        assert_eq!(PercentEncoded::path(b"%41bc").decode(&mut [0; 3]), Some(&b"Abc"[..]));
        assert_eq!(PercentEncoded::path(b"%ff").decode_str(&mut [0; 3]), None);
    }

    #[test]
    fn a_part_is_displayed_decoded_whatever_its_bytes() {
        for (raw, shown) in
            [("", ""), ("a+b", "a b"), ("%c3%a9%41", "\u{e9}A"), ("%ff%3c", "\u{fffd}<"), ("100%", "100%")]
        {
            assert_eq!(std::format!("{}", PercentEncoded::form(raw)), shown, "{raw}");
        }
        assert_eq!(std::format!("{}", PercentEncoded::path(b"a+\xff")), "a+\u{fffd}");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert_eq!(PercentEncoded::path(b"a+b").text(&mut []), Some("a+b"));
        assert_eq!(PercentEncoded::form(b"a-b").text(&mut []), Some("a-b"));
        assert_eq!(PercentEncoded::form(b"a+b").text(&mut []), None, "it needs memory");
        assert_eq!(PercentEncoded::path(b"a%62").text(&mut []), None);
        assert_eq!(PercentEncoded::with_plain(b"a", Some("a")).text(&mut []), Some("a"));
        assert_eq!(PercentEncoded::form(b"a+%62").text(&mut [0; 5]), Some("a b"));
    }
}
