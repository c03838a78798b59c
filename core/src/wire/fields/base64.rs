//! Base64 with its padding, RFC 4648 section 4, decoded byte by byte.
//!
//! Invariant: a text that is accepted is the only one for its bytes: no other padding, no bits left over.

/// The bytes of a base64 text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base64<'a> {
    rest: &'a [u8],
    /// The last digits, of which the lowest `count` bits have not been returned.
    bits: u32,
    count: u8,
}

impl<'a> Base64<'a> {
    /// Checks the whole of `text`; `None` if it is not base64.
    pub(crate) fn new(text: &'a [u8]) -> Option<Self> {
        let digits = match text {
            [digits @ .., b'=', b'='] | [digits @ .., b'='] => digits,
            digits => digits,
        };
        let unused = match digits.len() % 4 {
            0 => 0,
            2 => 0b1111,
            3 => 0b11,
            _ => return None,
        };
        let mut last = 0;
        for byte in digits {
            last = digit(*byte)?;
        }
        (text.len().is_multiple_of(4) && last & unused == 0).then_some(Self {
            rest: digits,
            bits: 0,
            count: 0,
        })
    }
}

impl Iterator for Base64<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        while self.count < 8 {
            let (first, rest) = self.rest.split_first()?;
            self.bits = self.bits << 6 | u32::from(digit(*first)?);
            (self.rest, self.count) = (rest, self.count + 6);
        }
        self.count -= 8;
        Some((self.bits >> self.count) as u8)
    }
}

/// The value of a digit.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn decode(text: &str) -> Option<Vec<u8>> {
        Base64::new(text.as_bytes()).map(Iterator::collect)
    }

    #[test]
    fn the_vectors_of_rfc_4648_section_10_are_decoded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode("+/+/"), Some(std::vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn a_text_that_is_not_the_one_of_its_bytes_is_refused() {
        for text in [
            "=", "==", "===", "====", "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm8", "Zm9=", "Zm9v=", "Zm9v====",
            "Zg==Zg==", "Zm-v", "Zm_v", "Zm v", "Zm9v\n", " Zm9v", "Z===",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
