//! A lossy UTF-8 decoder over an iterator of bytes.
//! Invariant: the text equals that of `String::from_utf8_lossy`.

/// Replaces invalid bytes.
pub(crate) const REPLACEMENT: &str = "\u{fffd}";

/// Decodes bytes one character at a time.
#[derive(Clone, Debug)]
pub(crate) struct Utf8Lossy<I> {
    bytes: I,
    /// The bytes of an incomplete character.
    pending: [u8; 4],
    length: u8,
}

impl<I: Iterator<Item = u8>> Utf8Lossy<I> {
    pub(crate) const fn new(bytes: I) -> Self {
        Self { bytes, pending: [0; 4], length: 0 }
    }

    /// Returns the next character as UTF-8.
    pub(crate) fn next_char(&mut self) -> Option<&str> {
        loop {
            let pending = self.pending.get(..self.length.into())?;
            match core::str::from_utf8(pending) {
                Ok("") => {}
                Ok(_) => {
                    let length = core::mem::take(&mut self.length);
                    return core::str::from_utf8(self.pending.get(..length.into())?).ok();
                }
                Err(error) => {
                    // Only the last byte can be the invalid one, and it may start the next character.
                    if let Some(wrong @ 1..=3) = error.error_len() {
                        self.pending.rotate_left(wrong);
                        self.length = self.length.saturating_sub(wrong as u8);
                        return Some(REPLACEMENT);
                    }
                }
            }
            let Some(byte) = self.bytes.next() else {
                let cut_off = core::mem::take(&mut self.length) > 0;
                return cut_off.then_some(REPLACEMENT);
            };
            *self.pending.get_mut(usize::from(self.length))? = byte;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn check(bytes: &[u8]) {
        let (mut characters, mut text) = (Utf8Lossy::new(bytes.iter().copied()), String::new());
        while let Some(character) = characters.next_char() {
            assert_eq!(character.chars().count(), 1, "{character}");
            text.push_str(character);
        }
        assert_eq!(text, String::from_utf8_lossy(bytes), "{bytes:x?}");
    }

    #[test]
    fn valid_text_is_unchanged() {
        for text in ["", "Ada", "Éva", "雛 🐓", "\u{10ffff}\u{800}\0"] {
            check(text.as_bytes());
        }
    }

    #[test]
    fn invalid_bytes_are_replaced_as_the_standard_library_does() {
        // One byte of every class: ASCII, limits of the continuation ranges, leads of every length, never valid.
        let kinds = [
            0x41, 0x3c, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0xf1, 0xf4,
            0xff,
        ];
        check(&[]);
        for a in kinds {
            check(&[a]);
            for b in kinds {
                check(&[a, b]);
                for c in kinds {
                    check(&[a, b, c]);
                    for d in kinds {
                        check(&[a, b, c, d]);
                        check(&[a, b, c, d, a]);
                    }
                }
            }
        }
    }
}
