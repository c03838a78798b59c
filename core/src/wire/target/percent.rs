//! Law: percent-encoding is undone once, by whoever uses the value, into memory of the user's own; nothing in this
//! crate decodes a URI before it has been split at its delimiters (RFC 3986 section 2.4).

use crate::wire::grammar::{HEX, cut, hex, is};
use crate::wire::scan::{WIDE, skip};

/// A piece of a URI or of a form as it stood on the wire, decoded on demand. It costs a slice and a flag.
///
/// ```
/// let name = bantam::wire::PercentEncoded::form(b"Ada+%3Cb%3E");
/// assert_eq!(name, "Ada <b>");
/// let mut memory = [0; 16];
/// assert_eq!(name.decode(&mut memory), Some(&b"Ada <b>"[..]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PercentEncoded<'a> {
    raw: &'a [u8],
    plus: bool,
    /// The same as text, where it is known that nothing in it is encoded. A device has no room for it.
    plain: [Option<&'a str>; WIDE as usize],
}

impl<'a> PercentEncoded<'a> {
    /// A piece of a path: `+` is a plus sign.
    #[must_use]
    pub const fn path(raw: &'a [u8]) -> Self {
        Self { raw, plus: false, plain: [None; WIDE as usize] }
    }

    /// A name or value of `application/x-www-form-urlencoded`: `+` is a space.
    #[must_use]
    pub const fn form(raw: &'a [u8]) -> Self {
        Self { raw, plus: true, plain: [None; WIDE as usize] }
    }

    /// A name or value of a form; `plain` is the same as text, where nothing in it is encoded.
    pub(crate) const fn found(raw: &'a [u8], plain: Option<&'a str>) -> Self {
        Self { raw, plus: true, plain: [plain; WIDE as usize] }
    }

    /// The bytes as they were sent.
    #[must_use]
    pub const fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The decoded bytes, one by one. A `%` that two hexadecimal digits do not follow stands for itself.
    #[must_use]
    pub const fn bytes(self) -> PercentDecode<'a> {
        PercentDecode { rest: self.raw, plus: self.plus }
    }

    /// Decodes into `memory`; `None` when it is too small (`raw().len()` bytes are always enough).
    #[must_use]
    pub fn decode(self, memory: &mut [u8]) -> Option<&[u8]> {
        let mut length = 0;
        for byte in self.bytes() {
            *memory.get_mut(length)? = byte;
            length += 1;
        }
        memory.get(..length)
    }

    /// Decodes into `memory` as UTF-8; `None` when it is too small or the bytes are not UTF-8.
    #[must_use]
    pub fn decode_str(self, memory: &mut [u8]) -> Option<&str> {
        core::str::from_utf8(self.decode(memory)?).ok()
    }

    /// What [`Self::decode_str`] gives, without a copy where nothing is encoded: then it is the input itself, and `memory` is
    /// not used.
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
            _ if self.raw.iter().any(|byte| *byte == b'%' || self.plus && *byte == b'+') => {
                self.decode_str(memory)
            }
            _ => core::str::from_utf8(self.raw).ok(),
        }
    }
}

impl PartialEq<str> for PercentEncoded<'_> {
    fn eq(&self, other: &str) -> bool {
        self.bytes().eq(other.bytes())
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
    plus: bool,
}

impl Iterator for PercentDecode<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, tail) = self.rest.split_first()?;
        self.rest = tail;
        match (first, tail) {
            (b'+', _) if self.plus => Some(b' '),
            (b'%', [high, low, rest @ ..]) => match (hex(*high), hex(*low)) {
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

/// `text` behind the longest run of bytes of `classes` and of `pct-encoded` (RFC 3986 section 2.1).
pub(crate) fn skip_escaped(text: &[u8], classes: u8) -> &[u8] {
    let mut rest = skip(text, classes);
    while let [b'%', high, low, behind @ ..] = rest {
        if !is(*high, HEX) || !is(*low, HEX) {
            break;
        }
        rest = skip(behind, classes);
    }
    rest
}

/// Splits there.
pub(crate) fn run_escaped(text: &[u8], classes: u8) -> (&[u8], &[u8]) {
    cut(text, text.len() - skip_escaped(text, classes).len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::grammar::NAME;

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
            assert!(!run_escaped(broken.as_bytes(), NAME).1.is_empty(), "{broken}");
            assert_eq!(PercentEncoded::path(broken.as_bytes()), broken);
        }
        for sound in ["", "%41%ff", "ab", "%00a%Fe"] {
            assert_eq!(run_escaped(sound.as_bytes(), NAME), (sound.as_bytes(), &b""[..]));
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
    fn what_is_not_encoded_is_text_without_a_copy() {
        assert_eq!(PercentEncoded::path(b"a+b").text(&mut []), Some("a+b"));
        assert_eq!(PercentEncoded::form(b"a-b").text(&mut []), Some("a-b"));
        assert_eq!(PercentEncoded::form(b"a+b").text(&mut []), None, "it needs memory");
        assert_eq!(PercentEncoded::path(b"a%62").text(&mut []), None);
        assert_eq!(PercentEncoded::found(b"a", Some("a")).text(&mut []), Some("a"));
        assert_eq!(PercentEncoded::form(b"a+%62").text(&mut [0; 5]), Some("a b"));
    }
}
