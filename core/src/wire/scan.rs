//! Runs of a character class, found in blocks of 4 to 16 bytes on processors with room for the code.
//!
//! Invariant: the fast and the small code find the same end of every run.
//!
//! The fast code is folds over arrays of a fixed size and arithmetic on a word, which the compiler turns into vector
//! code where there are vectors. Functions that only fast code calls are always inlined; small targets drop them.

use crate::slice::{same_text, split_at, split_once};
use crate::wire::class::{FIELD_VALUE, PATH, TARGET, TOKEN, is};
use crate::wire::words;

/// True on targets where speed is worth flash.
pub(crate) const FAST: bool = VECTORS || cfg!(feature = "fast");
/// True on targets with vectors, which profit from blocks larger than a word.
pub(crate) const VECTORS: bool = cfg!(all(target_pointer_width = "64", not(feature = "small")));

/// `input` from the first byte on that is not of `classes`.
#[inline(always)]
pub(crate) fn skip(input: &[u8], classes: u8) -> &[u8] {
    if FAST { skip_while(input, |byte| is(byte, classes)) } else { words::skip(input, classes) }
}

fn skip_bytewise(input: &[u8], classes: u8) -> &[u8] {
    let mut rest = input;
    while let [byte, tail @ ..] = rest {
        if !is(*byte, classes) {
            break;
        }
        rest = tail;
    }
    rest
}

/// The longest run of bytes of `classes` at the front, and what follows it. The run may be empty.
pub(crate) fn take_while(input: &[u8], classes: u8) -> (&[u8], &[u8]) {
    split_at(input, input.len() - skip(input, classes).len())
}

/// `input` from the first byte on that has one of the bits `marks` in `table`.
#[inline(always)]
pub(crate) fn skip_unmarked<'a>(table: &[u8; 256], input: &'a [u8], marks: u8) -> &'a [u8] {
    skip_while(input, |byte| table[usize::from(byte)] & marks == 0)
}

/// `input` from the first byte on that fails `predicate`.
#[inline(always)]
fn skip_while(input: &[u8], predicate: impl Fn(u8) -> bool) -> &[u8] {
    let mut rest = input;
    while let Some((block, tail)) = rest.split_first_chunk::<8>() {
        for (at, byte) in block.iter().enumerate() {
            if !predicate(*byte) {
                return rest.get(at..).unwrap_or(&[]);
            }
        }
        rest = tail;
    }
    while let [byte, tail @ ..] = rest {
        if !predicate(*byte) {
            break;
        }
        rest = tail;
    }
    rest
}

/// `input` from the first byte on that a field value cannot hold.
#[inline(always)]
pub(crate) fn skip_value(input: &[u8]) -> &[u8] {
    if VECTORS { skip_value_in_blocks(input) } else { words::skip_value(input) }
}

/// `input` from the first byte on that is not of [`TOKEN`], where letters and hyphens are frequent. Fewer instructions than [`skip`],
/// but the next line waits for the place that they compute.
#[inline(always)]
pub(crate) fn skip_name(input: &[u8]) -> &[u8] {
    if VECTORS { skip_in_blocks(input, TOKEN, b':', is_letter) } else { skip(input, TOKEN) }
}

/// `input` from the first byte on that is not of [`PATH`], where letters, digits, `-`, `.` and `/` are frequent.
#[inline(always)]
pub(crate) fn skip_path(input: &[u8]) -> &[u8] {
    if VECTORS {
        skip_in_blocks(input, PATH, b' ', |byte| {
            is_between(byte | 0x20, b'a', b'z') | is_between(byte, b'-', b'9')
        })
    } else {
        skip(input, PATH)
    }
}

/// `input` from the first byte on that is not of [`TARGET`].
#[inline(always)]
pub(crate) fn skip_target(input: &[u8]) -> &[u8] {
    if VECTORS {
        skip_in_blocks(input, TARGET, b' ', |byte| {
            is_between(byte, b'$', b'~') & (byte & !(b'<' ^ b'>') != b'<')
        })
    } else {
        skip(input, TARGET)
    }
}

/// A word of bytes that are 1.
const ONES: usize = usize::from_ne_bytes([1; size_of::<usize>()]);
/// The length of a block, in bytes.
const BLOCK: usize = 16;

/// `input` from the first byte on that is not of `classes`. `predicate` is true for the frequent ones of them, and for no other
/// byte; `end`, which is not of them, is what the run mostly ends with.
#[inline(always)]
fn skip_in_blocks(input: &[u8], classes: u8, end: u8, predicate: impl Fn(u8) -> bool + Copy) -> &[u8] {
    let mut rest = input;
    while let Some((block, tail)) = rest.split_first_chunk() {
        let Some(at) = first_failing(block, predicate) else {
            rest = tail;
            continue;
        };
        rest = rest.get(at..).unwrap_or(&[]);
        match rest {
            [byte, ..] if *byte == end => return rest,
            [byte, tail @ ..] if is(*byte, classes) => rest = tail,
            _ => return rest,
        }
    }
    skip_bytewise(rest, classes)
}

/// The place of the first byte of a block that fails `predicate`.
#[inline(always)]
fn first_failing(block: &[u8; BLOCK], predicate: impl Fn(u8) -> bool) -> Option<usize> {
    let mut marks = [0; BLOCK];
    for (mark, byte) in marks.iter_mut().zip(block) {
        *mark = if predicate(*byte) { 0 } else { 0xff };
    }
    // Through memory: otherwise the compiler makes the two words of single bytes.
    let marks = u128::from_le_bytes(core::hint::black_box(marks));
    match (marks as u64, (marks >> 64) as u64) {
        (0, 0) => None,
        (0, high) => Some(8 + high.trailing_zeros() as usize / 8),
        (low, _) => Some(low.trailing_zeros() as usize / 8),
    }
}

#[inline(always)]
fn skip_value_in_blocks(input: &[u8]) -> &[u8] {
    let mut rest = input;
    loop {
        rest = loop {
            let Some((block, tail)) = rest.split_first_chunk() else {
                break rest.get(first_failing_in_tail(input, rest)..).unwrap_or(&[]);
            };
            if !all_in_block(block, is_printable) {
                break rest.get(first_unprintable(block)..).unwrap_or(&[]);
            }
            rest = tail;
        };
        match rest {
            [b'\r', ..] => return rest,
            [byte, tail @ ..] if is(*byte, FIELD_VALUE) => rest = tail,
            _ => return rest,
        }
    }
}

/// The place of the first byte of a block that is not printable; [`BLOCK`] if all are.
#[inline(always)]
fn first_unprintable(block: &[u8; BLOCK]) -> usize {
    let block = u128::from_le_bytes(*block);
    match unprintable_mask(block as usize) {
        0 => 8 + unprintable_mask((block >> 64) as usize).trailing_zeros() as usize / 8,
        mask => mask.trailing_zeros() as usize / 8,
    }
}

/// The place in `rest` of its first byte that is not printable, or an earlier one. `rest` is the end of `input`, shorter than a block,
/// and what is in front of it is mostly printable.
#[inline(always)]
fn first_failing_in_tail(input: &[u8], rest: &[u8]) -> usize {
    let Some(block) = input.last_chunk() else { return 0 };
    let at = first_failing(block, is_printable).unwrap_or(BLOCK);
    at.saturating_sub(BLOCK - rest.len())
}

/// `lines` behind the end of the first line; empty if it is the last one.
#[inline(always)]
pub(crate) fn skip_line(lines: &[u8]) -> &[u8] {
    if VECTORS { skip_line_in_blocks(lines) } else { words::skip_to_line(lines, 0) }
}

#[inline(always)]
fn skip_line_in_blocks(lines: &[u8]) -> &[u8] {
    let mut rest = lines;
    let is_inside = |byte| byte != b'\n';
    while let Some((block, tail)) = rest.split_first_chunk() {
        if !all_in_block(block, is_inside) {
            let end = first_failing(block, is_inside).unwrap_or(0);
            return rest.get(end + 1..).unwrap_or(&[]);
        }
        rest = tail;
    }
    split_once(rest, b'\n').1.unwrap_or(&[])
}

/// Returns true if two field names are equal in any case.
#[inline(always)]
pub(crate) fn same_name(name: &[u8], other: &[u8]) -> bool {
    if !VECTORS {
        return same_text(name, other);
    }
    if name.len() != other.len() {
        return false;
    }
    // Two words that overlap are all of most names.
    match name.len() {
        8..=16 => same_ends::<8>(name, other),
        4..8 => same_ends::<4>(name, other),
        _ => same_text(name, other),
    }
}

/// Returns true if the first and the last `N` bytes of two names are equal in any case; `N` is at most 8.
#[inline(always)]
fn same_ends<const N: usize>(name: &[u8], other: &[u8]) -> bool {
    match (name.first_chunk::<N>(), other.first_chunk(), name.last_chunk::<N>(), other.last_chunk()) {
        (Some(a), Some(b), Some(y), Some(z)) => same_letters(a, b) & same_letters(y, z),
        _ => false,
    }
}

/// Returns true if two texts of ASCII are equal in any case.
#[inline(always)]
fn same_letters<const N: usize>(text: &[u8; N], other: &[u8; N]) -> bool {
    text.iter().zip(other).fold(true, |all, (byte, other)| {
        all & ((byte == other) | ((byte ^ other == 0x20) & ((byte | 0x20).wrapping_sub(b'a') < 26)))
    })
}

/// Returns true if `text` is not empty and all letters and hyphens, as nearly every field name is.
#[inline(always)]
pub(crate) fn all_letters(text: &[u8]) -> bool {
    !text.is_empty() && all_bytes(text, is_letter)
}

/// Returns true for a letter or a hyphen.
#[inline(always)]
const fn is_letter(byte: u8) -> bool {
    is_between(byte | 0x20, b'a', b'z') | (byte == b'-')
}

/// Returns true for the bytes of an ASCII range. Vectors have a comparison of signed bytes, and no other.
#[inline(always)]
const fn is_between(byte: u8, first: u8, last: u8) -> bool {
    // The last byte of the range becomes the greatest signed one.
    let shift = 0x7f - last;
    byte.wrapping_add(shift).cast_signed() >= (first + shift).cast_signed()
}

/// Returns true if `text` is printable ASCII, as nearly every field value is.
#[inline(always)]
pub(crate) fn all_printable(text: &[u8]) -> bool {
    all_bytes(text, is_printable)
}

#[inline(always)]
const fn is_printable(byte: u8) -> bool {
    is_between(byte, b' ', b'~')
}

/// Returns true if every byte passes `predicate`. The last block may overlap the one before it.
#[inline(always)]
fn all_bytes(text: &[u8], predicate: impl Fn(u8) -> bool + Copy) -> bool {
    if let (8..=16, Some(first), Some(last)) = (text.len(), text.first_chunk::<8>(), text.last_chunk::<8>()) {
        return all_in_block(first, predicate) & all_in_block(last, predicate);
    }
    if let Some(last) = text.last_chunk::<8>() {
        let (blocks, _) = text.as_chunks::<8>();
        return all_in_block(last, predicate) && blocks.iter().all(|block| all_in_block(block, predicate));
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => all_in_block(first, predicate) & all_in_block(last, predicate),
        _ => text.iter().all(|byte| predicate(*byte)),
    }
}

#[inline(always)]
fn all_in_block<const N: usize>(block: &[u8; N], predicate: impl Fn(u8) -> bool) -> bool {
    block.iter().fold(true, |all, byte| all & predicate(*byte))
}

/// The high bit of the first byte in a word that is not printable ASCII; the bits behind it are arbitrary.
const fn unprintable_mask(bytes: usize) -> usize {
    let above = bytes.wrapping_add(ONES * (0x7f - b'~' as usize)) | bytes;
    let below = bytes.wrapping_sub(ONES * b' ' as usize);
    (above | below) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a text of every length.
    fn for_each_text(mut look: impl FnMut(&[u8])) {
        for length in 0..=24 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = [b'n'; 24];
                    text[place] = byte;
                    look(&text[..length]);
                }
            }
        }
    }

    #[test]
    fn letters_and_hyphens_are_told_from_all_other_bytes() {
        let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
        for_each_text(|text| {
            assert_eq!(all_letters(text), text.iter().all(letter), "{text:?}");
            assert!(!all_letters(text) || take_while(text, TOKEN).1.is_empty());
        });
        assert!(!all_letters(b""), "a field has a name");
    }

    #[test]
    fn printable_bytes_are_told_from_all_other_bytes() {
        let printable = |byte: &u8| matches!(byte, b' '..=b'~');
        for_each_text(|text| assert_eq!(all_printable(text), text.iter().all(printable), "{text:?}"));
        assert!(all_printable(b""));
    }

    #[test]
    fn the_fast_and_the_small_code_find_the_same_end() {
        for_each_text(|text| {
            let end = skip_bytewise(text, FIELD_VALUE);
            assert_eq!(skip_value_in_blocks(text), end, "{text:?}");
            let behind = split_once(text, b'\n').1.unwrap_or(&[]);
            assert_eq!(skip_line_in_blocks(text), behind, "{text:?}");
            assert_eq!(skip(text, TOKEN), skip_bytewise(text, TOKEN), "{text:?}");
            assert_eq!(skip_name(text), skip_bytewise(text, TOKEN), "{text:?}");
            assert_eq!(skip_path(text), skip_bytewise(text, PATH), "{text:?}");
            assert_eq!(skip_target(text), skip_bytewise(text, TARGET), "{text:?}");
        });
    }
}
