//! `Text`: a short text in place, so that a response's values cost no allocation.
//!
//! Invariant: a text is whole: what does not fit is left out from its start on.

use std::fmt;

/// Text of at most `N` bytes.
#[derive(Clone, Copy)]
pub(super) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// Appends a text. Returns `None`, and appends nothing, if it does not fit.
    pub(super) fn push(&mut self, text: &str) -> Option<()> {
        let place = self.bytes.get_mut(self.length..self.length + text.len())?;
        place.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Some(())
    }

    /// Appends a number in base 16, with at least so many digits.
    pub(super) fn push_hex(&mut self, value: u64, least: usize) -> Option<()> {
        let count = (16 - value.leading_zeros() as usize / 4).max(least).clamp(1, 16);
        let place = self.bytes.get_mut(self.length..self.length + count)?;
        for (at, place) in place.iter_mut().rev().enumerate() {
            let digit = (value >> (4 * at)) as u8 & 15;
            *place = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        }
        self.length += count;
        Some(())
    }

    pub(super) const fn make_lowercase(&mut self) {
        self.bytes.make_ascii_lowercase();
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        // Only whole texts are appended.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text).ok_or(fmt::Error)
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut text = Text::<4>::new();
        assert_eq!(
            (text.push("ab"), text.push("cde"), text.push("cd"), text.push("e")),
            (Some(()), None, Some(()), None)
        );
        assert_eq!(text.as_str(), "abcd");
    }

    #[test]
    fn a_number_is_written_as_display_writes_it() {
        let powers = (0..64).map(|power| 1_u64 << power);
        for value in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]) {
            let mut text = Text::<40>::new();
            text.push_hex(value, 1).unwrap();
            text.push("-").unwrap();
            text.push_hex(value, 16).unwrap();
            assert_eq!(text.as_str(), format!("{value:x}-{value:016x}"));
        }
    }
}
