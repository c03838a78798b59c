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

    /// Inserts `bytes` at `at`. Returns false, and inserts nothing, if they do not fit.
    #[must_use]
    pub(crate) fn insert(&mut self, at: usize, bytes: &[u8]) -> bool {
        let end = self.length;
        if !self.push(bytes) {
            return false;
        }
        for from in (at..end).rev() {
            if let Some(byte) = self.memory.get(from).copied()
                && let Some(place) = self.memory.get_mut(from.saturating_add(bytes.len()))
            {
                *place = byte;
            }
        }
        if let Some(place) = self.range_mut(at, bytes.len()) {
            place.copy_from_slice(bytes);
        }
        true
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
        copy(place, bytes);
        self.length += bytes.len();
        true
    }

    /// Appends a line end, and a field up to the end of its line. Returns false, and appends nothing, if they do not fit. The four bytes around
    /// the name cost a store each, and no call.
    #[must_use]
    pub(crate) fn push_line(&mut self, name: &[u8], value: &[u8]) -> bool {
        let length = name.len() + value.len() + 4;
        let Some(place) = self.range_mut(self.length, length) else { return false };
        let Some((end, place)) = place.split_first_chunk_mut() else { return false };
        let Some((front, place)) = place.split_at_mut_checked(name.len()) else { return false };
        let Some((colon, place)) = place.split_first_chunk_mut() else { return false };
        let Some(back) = place.get_mut(..value.len()) else { return false };
        (*end, *colon) = (*b"\r\n", *b": ");
        front.copy_from_slice(name);
        back.copy_from_slice(value);
        self.length += length;
        true
    }

    /// Appends the pieces, one behind the other. Returns false, and appends nothing, if they do not fit.
    #[must_use]
    #[inline(always)]
    pub(crate) fn push_all<const N: usize>(&mut self, pieces: [&[u8]; N]) -> bool {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let Some(mut place) = self.range_mut(self.length, length) else { return false };
        for piece in pieces {
            let Some((now, later)) = place.split_at_mut_checked(piece.len()) else { return false };
            copy(now, piece);
            place = later;
        }
        self.length += length;
        true
    }

    /// Appends `value` in decimal digits between two pieces. Returns false, and appends nothing, if they do not fit.
    #[must_use]
    #[inline(always)]
    pub(crate) fn push_with_decimal<const A: usize, const B: usize>(
        &mut self,
        before: &[u8; A],
        mut value: u64,
        behind: &[u8; B],
    ) -> bool {
        let digits = match value {
            ..10 => 1,
            10..100 => 2,
            100..1000 => 3,
            1000..10_000 => 4,
            _ => value.checked_ilog10().map_or(1, |last| last as usize + 1),
        };
        let length = A + digits + B;
        let Some(place) = self.range_mut(self.length, length) else { return false };
        let Some((front, place)) = place.split_first_chunk_mut() else { return false };
        let Some((digits, end)) = place.split_last_chunk_mut() else { return false };
        (*front, *end) = (*before, *behind);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
        self.length += length;
        true
    }

    /// Appends `N` bytes, and returns their place; `None` if they do not fit.
    #[inline(always)]
    pub(crate) fn next_chunk<const N: usize>(&mut self) -> Option<&mut [u8; N]> {
        let place = self.memory.get_mut(self.length..)?.first_chunk_mut()?;
        self.length += N;
        Some(place)
    }

    /// Appends `value` in decimal digits. Returns false, and appends nothing, if they do not fit.
    #[must_use]
    pub(crate) fn push_decimal(&mut self, value: u64) -> bool {
        self.push(decimal_digits(&mut [b'0'; 20], value))
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

/// Copies `bytes` to a place of their length. Two words that overlap are all of most names and values, and cost less than a call.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn copy(place: &mut [u8], bytes: &[u8]) {
    match bytes.len() {
        8..=16 if FAST => copy_ends::<8>(place, bytes),
        4..8 if FAST => copy_ends::<4>(place, bytes),
        _ => place.copy_from_slice(bytes),
    }
}

/// Copies the first and the last `N` bytes.
#[inline(always)]
fn copy_ends<const N: usize>(place: &mut [u8], bytes: &[u8]) {
    if let (Some(place), Some(first)) = (place.first_chunk_mut::<N>(), bytes.first_chunk()) {
        *place = *first;
    }
    if let (Some(place), Some(last)) = (place.last_chunk_mut::<N>(), bytes.last_chunk()) {
        *place = *last;
    }
}

/// The decimal digits of `value`, in `memory`.
pub(crate) fn decimal_digits(memory: &mut [u8; 20], value: u64) -> &[u8] {
    let from = if FAST { write_digits(memory, value) } else { write_digits_in_words(memory, value) };
    memory.get(from..).unwrap_or(&[])
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
    // Those that are 0 stay 0.
    let words = words.get_mut(value.leading_zeros() as usize / 16..).unwrap_or(&mut []);
    let mut from = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        let (mut rest, mut quotient) = (0, 0);
        for word in &mut *words {
            let dividend = rest << 16 | *word & 0xffff;
            (*word, rest) = (dividend / 10, dividend % 10);
            quotient |= *word;
        }
        *digit = b'0' + rest as u8;
        from = at;
        if quotient == 0 {
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
    fn pieces_are_appended_whole_or_not_at_all() {
        let text: [u8; 24] = core::array::from_fn(|at| b'a' + at as u8);
        for (first, second) in (0..=24).flat_map(|first| (0..=24).map(move |second| (first, second))) {
            let (pieces, mut memory) = ([&text[..first], &text[24 - second..]], [0; 49]);
            let mut buffer = ByteBuffer::new(&mut memory[..1 + first + second]);
            assert!(
                buffer.push(b"x")
                    && buffer.push_all(pieces)
                    && (first + second == 0 || !buffer.push_all(pieces))
            );
            assert_eq!(buffer.bytes(), [b"x", pieces[0], pieces[1]].concat());
        }
    }

    #[test]
    fn a_number_between_two_pieces_is_written_in_full_or_not_at_all() {
        for value in (0..20).flat_map(|power| [10_u64.pow(power) - 1, 10_u64.pow(power)]).chain([u64::MAX]) {
            let (expected, mut memory) = (std::format!("a: {value};"), [0; 24]);
            let mut buffer = ByteBuffer::new(&mut memory[..expected.len()]);
            assert!(buffer.push_with_decimal(b"a: ", value, b";"));
            assert_eq!(buffer.bytes(), expected.as_bytes());
            let mut short = ByteBuffer::new(&mut memory[..expected.len() - 1]);
            assert!(!short.push_with_decimal(b"a: ", value, b";") && short.is_empty());
        }
    }

    #[test]
    fn bytes_are_inserted_whole_or_not_at_all_and_removed() {
        for at in 0..=4 {
            let mut memory = [0; 7];
            let mut buffer = ByteBuffer::new(&mut memory);
            assert!(buffer.push(b"abcd") && !buffer.insert(at, b"1234"));
            assert_eq!(buffer.bytes(), b"abcd");
            assert!(buffer.insert(at, b"123"));
            let expected = [&b"abcd"[..at], b"123", &b"abcd"[at..]].concat();
            assert_eq!(buffer.bytes(), expected);
            buffer.remove(at, 3);
            assert_eq!(buffer.bytes(), b"abcd");
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
