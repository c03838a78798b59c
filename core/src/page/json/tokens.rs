//! [`Tokens`]: the JSON that is not read yet, taken from its front, with strings that are decoded in place.
//! Invariant: no bytes panic; a string is borrowed from the body.

use core::fmt;
use core::mem;
use core::str;

use serde::de;

/// The JSON has not the shape that the value needs.
#[derive(Debug)]
pub(super) struct OtherShape;

impl fmt::Display for OtherShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON of another shape")
    }
}

impl de::StdError for OtherShape {}

impl de::Error for OtherShape {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// JSON that `is_json` has accepted: tokens are not checked again, only told from each other.
pub(super) struct Tokens<'m> {
    rest: &'m mut [u8],
}

impl<'m> Tokens<'m> {
    pub(super) const fn new(json: &'m mut [u8]) -> Self {
        Self { rest: json }
    }

    fn take(&mut self, length: usize) -> &'m mut [u8] {
        let (taken, rest) = mem::take(&mut self.rest).split_at_mut_checked(length).unwrap_or_default();
        self.rest = rest;
        taken
    }

    /// The first byte behind white space, which stays; 0 at the end.
    pub(super) fn first(&mut self) -> u8 {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.take(self.rest.iter().take_while(is_blank).count());
        self.rest.first().copied().unwrap_or(0)
    }

    pub(super) fn skip_byte(&mut self, byte: u8) -> Result<(), OtherShape> {
        if self.first() != byte {
            return Err(OtherShape);
        }
        self.take(1);
        Ok(())
    }

    /// The bytes of a number, `true`, `false` or `null`: none before anything else.
    pub(super) fn word(&mut self) -> &'m str {
        self.first();
        let is_inside = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.');
        let length = self.rest.iter().take_while(is_inside).count();
        str::from_utf8(self.take(length)).unwrap_or("")
    }

    /// A string. Nothing is longer decoded than as it was sent.
    pub(super) fn string(&mut self) -> Result<&'m str, OtherShape> {
        self.skip_byte(b'"')?;
        let (mut read, mut written) = (0, 0);
        loop {
            let mut memory = [0; 4];
            let (length, bytes) = match self.rest.get(read..).ok_or(OtherShape)? {
                [b'"', ..] => break,
                [b'\\', b'u', digits @ ..] => {
                    let (length, letter) = escaped(digits).ok_or(OtherShape)?;
                    (length, letter.encode_utf8(&mut memory).as_bytes())
                }
                [b'\\', letter, ..] => {
                    let known = [(b'b', 8), (b'f', 12), (b'n', b'\n'), (b'r', b'\r'), (b't', b'\t')];
                    memory[0] =
                        known.iter().find(|(name, _)| name == letter).map_or(*letter, |known| known.1);
                    (2, &memory[..1])
                }
                [byte, ..] => {
                    memory[0] = *byte;
                    (1, &memory[..1])
                }
                [] => return Err(OtherShape),
            };
            for (place, byte) in self.rest.iter_mut().skip(written).zip(bytes) {
                *place = *byte;
            }
            (read, written) = (read + length, written + bytes.len());
        }
        let text = self.take(read).get(..written).unwrap_or(&[]);
        self.take(1);
        str::from_utf8(text).map_err(|_| OtherShape)
    }

    /// Leaves out a value.
    pub(super) fn skip(&mut self) {
        if !matches!(self.first(), b'"' | b'[' | b'{') {
            self.word();
            return;
        }
        let (mut depth, mut is_quoted, mut is_escaped) = (0_u32, false, false);
        let last = self.rest.iter().position(|byte| {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                b'[' | b'{' if !is_quoted => depth += 1,
                b']' | b'}' if !is_quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && !is_quoted
        });
        self.take(last.map_or(usize::MAX, |last| last + 1));
    }
}

/// The letter behind `\u`, and the length of its escape: two of them for a letter beyond 16 bits (RFC 8259 section 7).
fn escaped(digits: &[u8]) -> Option<(usize, char)> {
    let unit = |digits: &[u8]| {
        let digits = digits.first_chunk::<4>()?;
        digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
    };
    let first = unit(digits)?;
    if let Some(letter) = char::from_u32(first) {
        return Some((6, letter));
    }
    let second = unit(digits.get(4..)?.strip_prefix(b"\\u")?)?;
    let is_pair = first >> 10 == 0x36 && second >> 10 == 0x37;
    let letter = char::from_u32(0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff))?;
    is_pair.then_some((12, letter))
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn string(json: &str) -> Option<String> {
        let mut json: Vec<u8> = json.bytes().collect();
        Tokens::new(&mut json).string().ok().map(Into::into)
    }

    #[test]
    fn strings_are_decoded_in_place() {
        for (json, expected) in [
            ("\"\"", ""),
            (" \"a\" ", "a"),
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u0041\u00e9\u20Ac""#, "A\u{e9}\u{20ac}"),
            (r#""a\ud83d\ude00b""#, "a\u{1f600}b"),
            (r#""\uDBFF\uDFFF""#, "\u{10ffff}"),
        ] {
            assert_eq!(string(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn half_a_pair_of_surrogates_is_no_string() {
        for json in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83d\n""#, r#""\ud83d\u0041""#, r#""\ude00\ud83d""#]
        {
            assert_eq!(string(json), None, "{json}");
        }
    }

    #[test]
    fn a_value_is_left_out_as_a_whole() {
        for value in [
            "1",
            "-1.5e+3",
            "true",
            "null",
            "\"]\\\"}\"",
            "[]",
            "[1,[{\"]\":\"[\"}],2]",
            "{\"a\":{},\"b\":[1]}",
        ] {
            let mut json: Vec<u8> = std::format!(" {value} ,7").into_bytes();
            let mut tokens = Tokens::new(&mut json);
            tokens.skip();
            assert!(tokens.skip_byte(b',').is_ok() && tokens.word() == "7", "{value}");
        }
    }
}
