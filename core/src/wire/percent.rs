//! Law: percent-encoding is undone once, by whoever uses the value, into memory of the user's own; nothing in this
//! crate decodes a URI before it has been split at its delimiters (RFC 3986 section 2.4).

use super::grammar::hex;

/// A piece of a URI or of a form as it stood on the wire, decoded on demand. It costs a slice and a flag.
///
/// ```
/// let name = bantam::wire::Encoded::form(b"Ada+%3Cb%3E");
/// assert_eq!(name, "Ada <b>");
/// let mut memory = [0; 16];
/// assert_eq!(name.decode(&mut memory), Some(&b"Ada <b>"[..]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a> {
    raw: &'a [u8],
    plus: bool,
}

impl<'a> Encoded<'a> {
    /// A piece of a path: `+` is a plus sign.
    #[must_use]
    pub const fn path(raw: &'a [u8]) -> Self {
        Self { raw, plus: false }
    }

    /// A name or value of `application/x-www-form-urlencoded`: `+` is a space.
    #[must_use]
    pub const fn form(raw: &'a [u8]) -> Self {
        Self { raw, plus: true }
    }

    /// The bytes as they were sent.
    #[must_use]
    pub const fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The decoded bytes, one by one. A `%` that two hexadecimal digits do not follow stands for itself.
    #[must_use]
    pub const fn bytes(self) -> Decoded<'a> {
        Decoded { rest: self.raw, plus: self.plus }
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
}

impl PartialEq<str> for Encoded<'_> {
    fn eq(&self, other: &str) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl PartialEq<&str> for Encoded<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// The iterator behind [`Encoded::bytes`].
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    rest: &'a [u8],
    plus: bool,
}

impl Iterator for Decoded<'_> {
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

/// Do two hexadecimal digits follow every `%`? (`pct-encoded`, RFC 3986 section 2.1)
pub(crate) fn is_sound(mut text: &[u8]) -> bool {
    while let Some((&first, tail)) = text.split_first() {
        text = match (first, tail) {
            (b'%', [high, low, rest @ ..]) if hex(*high).is_some() && hex(*low).is_some() => rest,
            (b'%', _) => return false,
            _ => tail,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_encoding_in_either_case() {
        for byte in 0..=255u8 {
            let mut lower = *b"%00";
            let mut upper = *b"%00";
            for (at, nibble) in [(1, byte >> 4), (2, byte & 15)] {
                lower[at] = b"0123456789abcdef"[usize::from(nibble)];
                upper[at] = b"0123456789ABCDEF"[usize::from(nibble)];
            }
            assert!(Encoded::path(&lower).bytes().eq([byte]));
            assert!(Encoded::path(&upper).bytes().eq([byte]));
        }
    }

    #[test]
    fn a_plus_is_a_space_in_a_form_and_a_plus_in_a_path() {
        assert_eq!(Encoded::form(b"a+b%2Bc"), "a b+c");
        assert_eq!(Encoded::path(b"a+b%2Bc"), "a+b+c");
    }

    #[test]
    fn a_broken_escape_is_not_sound_and_stands_for_itself() {
        for broken in ["%", "a%", "%4", "%4g", "%g4", "100%"] {
            assert!(!is_sound(broken.as_bytes()), "{broken}");
            assert_eq!(Encoded::path(broken.as_bytes()), broken);
        }
        assert!(is_sound(b"") && is_sound(b"%41%ff") && is_sound(b"a/b"));
    }

    #[test]
    fn decoding_twice_never_happens() {
        assert_eq!(Encoded::path(b"%252e"), "%2e");
    }

    #[test]
    fn memory_that_is_too_small_is_refused() {
        assert_eq!(Encoded::path(b"%41bc").decode(&mut [0; 2]), None);
        assert_eq!(Encoded::path(b"%41bc").decode(&mut [0; 3]), Some(&b"Abc"[..]));
        assert_eq!(Encoded::path(b"%ff").decode_str(&mut [0; 3]), None);
    }
}
