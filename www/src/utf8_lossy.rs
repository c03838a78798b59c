//! Law: bytes become characters as they come; what is not UTF-8 becomes U+FFFD, as often as a browser would show it.

/// What stands for bytes that mean nothing.
pub(crate) const REPLACEMENT: &str = "\u{fffd}";

/// The characters of a sequence of bytes. It holds four bytes of them at most, however long they are.
pub(crate) struct Characters<I> {
    bytes: I,
    held: [u8; 4],
    length: u8,
}

impl<I: Iterator<Item = u8>> Characters<I> {
    pub(crate) const fn of(bytes: I) -> Self {
        Self { bytes, held: [0; 4], length: 0 }
    }

    /// The next character, lent out as UTF-8.
    pub(crate) fn next(&mut self) -> Option<&str> {
        loop {
            let held = self.held.get(..self.length.into())?;
            match core::str::from_utf8(held) {
                Ok("") => {}
                Ok(_) => {
                    let length = core::mem::take(&mut self.length);
                    return core::str::from_utf8(self.held.get(..length.into())?).ok();
                }
                Err(error) => {
                    // Only the last byte can be the one that does not fit; it may begin the next character.
                    if let Some(wrong @ 1..=3) = error.error_len() {
                        self.held.rotate_left(wrong);
                        self.length = self.length.saturating_sub(wrong as u8);
                        return Some(REPLACEMENT);
                    }
                }
            }
            let Some(byte) = self.bytes.next() else {
                let cut_off = core::mem::take(&mut self.length) > 0;
                return cut_off.then_some(REPLACEMENT);
            };
            *self.held.get_mut(usize::from(self.length))? = byte;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn check(bytes: &[u8]) {
        let (mut characters, mut text) = (Characters::of(bytes.iter().copied()), String::new());
        while let Some(character) = characters.next() {
            assert_eq!(character.chars().count(), 1, "{character}");
            text.push_str(character);
        }
        assert_eq!(text, String::from_utf8_lossy(bytes), "{bytes:x?}");
    }

    #[test]
    fn text_is_itself() {
        for text in ["", "Ada", "Éva", "雛 🐓", "\u{10ffff}\u{800}\0"] {
            check(text.as_bytes());
        }
    }

    #[test]
    fn what_is_not_utf_8_is_replaced_as_the_standard_library_does() {
        // One byte of every kind: ASCII, continuations at the edges of every range, leads of every length, never valid.
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
