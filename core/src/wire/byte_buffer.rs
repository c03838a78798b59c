//! A byte buffer in memory of the caller: bytes are appended whole or not at all.

use core::ops::Range;

use crate::slice::copy_down;
use crate::wire::scan::FAST;

#[derive(Debug)]
pub(crate) struct ByteBuffer<'m> {
    memory: &'m mut [u8],
    length: usize,
}

impl<'m> ByteBuffer<'m> {
    pub(crate) const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, length: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.memory.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or(&[])
    }

    /// `length` bytes from `from` on, which may lie behind the appended ones.
    pub(crate) fn range_mut(&mut self, from: usize, length: usize) -> Option<&mut [u8]> {
        self.memory.get_mut(from..)?.get_mut(..length)
    }

    /// The memory from the end of the appended bytes to `end`; none if that lies before.
    pub(crate) fn free(&mut self, end: usize) -> &mut [u8] {
        self.memory.get_mut(self.length..end).unwrap_or(&mut [])
    }

    /// The same buffer for a shorter time; then [`Self::set_len`] takes over its length.
    pub(crate) fn reborrow(&mut self) -> ByteBuffer<'_> {
        ByteBuffer { memory: self.memory, length: self.length }
    }

    /// Sets the length to that of a [`Self::reborrow`], whose bytes are in the memory.
    pub(crate) fn set_len(&mut self, length: usize) {
        self.length = length.min(self.memory.len());
    }

    /// Removes `count` bytes at `at`.
    pub(crate) fn remove(&mut self, at: usize, count: usize) {
        let mut to = at;
        for from in at.saturating_add(count)..self.length {
            if let Some(byte) = self.memory.get(from).copied()
                && let Some(place) = self.memory.get_mut(to)
            {
                *place = byte;
            }
            to += 1;
        }
        self.truncate(to);
    }

    /// Appends `bytes`. Returns false, and appends nothing, if they do not fit.
    #[must_use]
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        let Some(place) = self.range_mut(self.length, bytes.len()) else { return false };
        place.copy_from_slice(bytes);
        self.length += bytes.len();
        true
    }

    /// Appends `value` in decimal digits. Returns false, and appends nothing, if they do not fit.
    #[must_use]
    pub(crate) fn push_decimal(&mut self, value: u64) -> bool {
        let mut digits = [b'0'; 20];
        let from =
            if FAST { write_digits(&mut digits, value) } else { write_digits_in_words(&mut digits, value) };
        self.push(digits.get(from..).unwrap_or(&[]))
    }

    /// Appends `count` bytes that are in the memory behind the appended ones, whatever they are. Returns false, and
    /// appends nothing, if there are not so many.
    #[must_use]
    #[inline(never)]
    pub(crate) const fn extend(&mut self, count: usize) -> bool {
        let fits = count <= self.memory.len().saturating_sub(self.length);
        if fits {
            self.length += count;
        }
        fits
    }

    /// Appends these bytes of the memory behind the appended ones, by moving them.
    pub(crate) fn move_to_end(&mut self, from: Range<usize>) {
        self.length = copy_down(self.memory, from, self.length);
    }

    /// Drops the bytes behind the first `length` ones.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

/// Writes `value` to the end of `digits`. Returns the index of the first digit.
fn write_digits(digits: &mut [u8; 20], mut value: u64) -> usize {
    let mut from = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (value % 10) as u8;
        (value, from) = (value / 10, at);
        if value == 0 {
            break;
        }
    }
    from
}

/// The same on processors without a 64-bit division, whose emulation is larger: in words of 16 bits from the highest.
fn write_digits_in_words(digits: &mut [u8; 20], value: u64) -> usize {
    let mut words = [(value >> 48) as u32, (value >> 32) as u32, (value >> 16) as u32, value as u32];
    let mut from = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        let mut rest = 0;
        for word in &mut words {
            let dividend = rest << 16 | *word & 0xffff;
            (*word, rest) = (dividend / 10, dividend % 10);
        }
        *digit = b'0' + rest as u8;
        from = at;
        if words == [0; 4] {
            break;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_full() {
        for value in [0, 7, 10, 4_294_967_296, u64::MAX] {
            for write in [write_digits, write_digits_in_words] {
                let mut digits = [b'0'; 20];
                let from = write(&mut digits, value);
                assert_eq!(digits[from..], *std::format!("{value}").as_bytes());
            }
            let mut memory = [0; 20];
            let mut buffer = ByteBuffer::new(&mut memory);
            assert!(buffer.push_decimal(value));
            assert_eq!(buffer.bytes(), std::format!("{value}").as_bytes());
        }
    }

    #[test]
    fn bytes_are_appended_whole_or_not_at_all() {
        let mut memory = [0; 3];
        let mut buffer = ByteBuffer::new(&mut memory);
        assert!(buffer.push(b"ab") && !buffer.push(b"cd") && !buffer.push_decimal(10));
        assert_eq!(buffer.bytes(), b"ab");
    }
}
