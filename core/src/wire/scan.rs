//! Runs of a character class, found in blocks of 4 to 16 bytes on processors with room for the code.
//!
//! Invariant: the fast and the small code find the same end of every run.
//!
//! The fast code is folds over arrays of a fixed size and arithmetic on a word, which the compiler turns into vector
//! code where there are vectors. Functions that only fast code calls are always inlined; small targets drop them.

use crate::slice::split_at;
use crate::wire::class::{FIELD_VALUE, is};

/// True on targets where speed is worth flash.
pub(crate) const FAST: bool = cfg!(any(target_pointer_width = "64", feature = "fast"));
/// True on targets with vectors, which profit from blocks larger than a word.
const VECTORS: bool = cfg!(target_pointer_width = "64");

/// `input` from the first byte on that is not of `classes`.
#[inline(always)]
pub(crate) fn skip(input: &[u8], classes: u8) -> &[u8] {
    if FAST { skip_while(input, |byte| is(byte, classes)) } else { skip_bytewise(input, classes) }
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
    if VECTORS { skip_value_in_blocks(input) } else { skip_value_in_words(input) }
}

fn skip_value_in_words(input: &[u8]) -> &[u8] {
    let mut rest = input;
    while let Some((word, tail)) = rest.split_first_chunk() {
        if unprintable_mask(usize::from_le_bytes(*word)) != 0 {
            break;
        }
        rest = tail;
    }
    skip(rest, FIELD_VALUE)
}

#[inline(always)]
fn skip_value_in_blocks(input: &[u8]) -> &[u8] {
    let mut rest = input;
    loop {
        while let Some((block, tail)) = rest.split_first_chunk::<16>() {
            if !all_in_block(block, is_printable) {
                break;
            }
            rest = tail;
        }
        while let Some((word, tail)) = rest.split_first_chunk() {
            let mask = unprintable_mask(usize::from_le_bytes(*word));
            if mask != 0 {
                rest = rest.get(mask.trailing_zeros() as usize / 8..).unwrap_or(&[]);
                break;
            }
            rest = tail;
        }
        // Tabs and bytes beyond ASCII are rare, the end of the line is not.
        loop {
            match rest {
                [] | [b'\r', ..] => return rest,
                [byte, tail @ ..] if is(*byte, FIELD_VALUE) => rest = tail,
                _ => return rest,
            }
            if rest.len() >= 8 {
                break;
            }
        }
    }
}

/// Returns true if `text` is not empty and all letters and hyphens, as nearly every field name is.
#[inline(always)]
pub(crate) fn all_letters(text: &[u8]) -> bool {
    !text.is_empty() && all_bytes(text, |byte| ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte == b'-'))
}

/// Returns true if `text` is printable ASCII, as nearly every field value is.
#[inline(always)]
pub(crate) fn all_printable(text: &[u8]) -> bool {
    all_bytes(text, is_printable)
}

/// Printable ASCII takes one comparison.
#[inline(always)]
const fn is_printable(byte: u8) -> bool {
    byte.wrapping_add(1).cast_signed() > 0x20
}

/// Returns true if every byte passes `predicate`. The last block may overlap the one before it.
#[inline(always)]
fn all_bytes(text: &[u8], predicate: impl Fn(u8) -> bool + Copy) -> bool {
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
    const ONES: usize = usize::from_ne_bytes([1; size_of::<usize>()]);
    let above = bytes.wrapping_add(ONES * (0x7f - b'~' as usize)) | bytes;
    let below = bytes.wrapping_sub(ONES * b' ' as usize);
    (above | below) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::class::TOKEN;

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
            assert_eq!((skip_value_in_blocks(text), skip_value_in_words(text)), (end, end), "{text:?}");
            assert_eq!(skip(text, TOKEN), skip_bytewise(text, TOKEN), "{text:?}");
        });
    }
}
