//! UTF-8, checked as it comes: RFC 3629, for text messages (RFC 6455 section 8.1).
//!
//! Invariant: the first byte that no continuation can make valid is refused, at every split.

use crate::wire::scan::FAST;

/// What of a character is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Utf8 {
    /// The continuation bytes that are missing.
    missing: u8,
    /// The range of the next one.
    low: u8,
    high: u8,
}

impl Utf8 {
    /// Between two characters.
    pub(crate) const START: Self = Self { missing: 0, low: 0x80, high: 0xbf };

    /// Returns true between two characters.
    pub(crate) const fn is_complete(self) -> bool {
        self.missing == 0
    }

    /// Takes the next bytes. Returns false if a byte is not valid; the state is of no use then.
    #[must_use]
    pub(crate) fn take(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        loop {
            if FAST && self.missing == 0 {
                while let Some((block, tail)) = rest.split_first_chunk::<16>() {
                    if block.iter().fold(0, |all, byte| all | byte) >= 0x80 {
                        break;
                    }
                    rest = tail;
                }
            }
            let Some((byte, tail)) = rest.split_first() else { return true };
            if !self.take_byte(*byte) {
                return false;
            }
            rest = tail;
        }
    }

    fn take_byte(&mut self, byte: u8) -> bool {
        if self.missing > 0 {
            let fits = (self.low..=self.high).contains(&byte);
            *self = Self { missing: self.missing - 1, ..Self::START };
            return fits;
        }
        // Overlong forms, surrogates and what is above U+10FFFF show in the second byte.
        let missing = match byte {
            0x00..=0x7f => 0,
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => return false,
        };
        let (low, high) = match byte {
            0xe0 => (0xa0, 0xbf),
            0xed => (0x80, 0x9f),
            0xf0 => (0x90, 0xbf),
            0xf4 => (0x80, 0x8f),
            _ => (0x80, 0xbf),
        };
        *self = Self { missing, low, high };
        true
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// How many bytes are taken, and whether a character is complete then.
    fn take(bytes: &[u8]) -> (usize, bool) {
        let mut state = Utf8::START;
        let taken = bytes.iter().take_while(|byte| state.take(&[**byte])).count();
        (taken, taken == bytes.len() && state.is_complete())
    }

    #[test]
    fn every_sequence_of_three_bytes_and_more_is_judged_as_the_standard_library_judges_it() {
        let edges = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
        let check = |bytes: &[u8]| {
            let expected = core::str::from_utf8(bytes);
            let (taken, complete) = take(bytes);
            assert_eq!(complete, expected.is_ok(), "{bytes:x?}");
            if let Err(error) = expected {
                let valid = error.valid_up_to();
                // The refused byte, if there is one, is at most behind the longest beginning of a character.
                let refused = error.error_len().map_or(bytes.len(), |length| valid + length.max(1));
                assert!(taken <= refused && taken >= valid, "{bytes:x?}");
                assert_eq!(taken == bytes.len(), error.error_len().is_none(), "{bytes:x?}");
            }
            let mut whole = Utf8::START;
            assert_eq!(whole.take(bytes), taken == bytes.len());
        };
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                for third in edges {
                    for fourth in edges {
                        check(&[first, second, third, fourth]);
                    }
                    check(&[first, second, third]);
                }
                check(&[first, second]);
            }
            check(&[first]);
        }
    }

    #[test]
    fn text_of_any_length_is_taken_in_any_pieces() {
        let text: Vec<u8> = "aäz€𝄞, and a run of plain letters; Ω".bytes().collect();
        for from in 0..text.len() {
            let mut state = Utf8::START;
            assert!(state.take(&text[..from]) && state.take(&text[from..]) && state.is_complete());
        }
    }
}
