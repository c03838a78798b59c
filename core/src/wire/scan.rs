//! Law: the end of a run is found in wide steps and is the same that single steps find.
//!
//! The steps are written so that the compiler makes vector code of them for any processor that has vectors: folds over
//! arrays of a fixed size, and arithmetic on eight bytes at once. A small processor gets the single steps, for their size.

use crate::wire::grammar::{FIELD, is, run};

/// Is there room for code that is fast?
pub(crate) const WIDE: bool = cfg!(any(target_pointer_width = "64", feature = "fast"));
/// Does the processor make something of steps that are wider than its words?
const VECTORS: bool = cfg!(target_pointer_width = "64");

/// `input` from the first byte on that is not of `classes`.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(crate) fn skip(input: &[u8], classes: u8) -> &[u8] {
    if WIDE { skip_while(input, |byte| is(byte, classes)) } else { run(input, classes).1 }
}

/// `input` from the first byte on that is marked with one of `marks` in `table`.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(crate) fn skip_in<'a>(table: &[u8; 256], input: &'a [u8], marks: u8) -> &'a [u8] {
    skip_while(input, |byte| table[usize::from(byte)] & marks == 0)
}

/// `input` from the first byte on that is not so.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn skip_while(input: &[u8], so: impl Fn(u8) -> bool) -> &[u8] {
    let mut rest = input;
    if WIDE {
        while let Some((block, behind)) = rest.split_first_chunk::<8>() {
            for (at, byte) in block.iter().enumerate() {
                if !so(*byte) {
                    return rest.get(at..).unwrap_or(&[]);
                }
            }
            rest = behind;
        }
    }
    while let [byte, tail @ ..] = rest {
        if !so(*byte) {
            break;
        }
        rest = tail;
    }
    rest
}

/// `input` from the first byte on that a field value cannot hold.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(crate) fn skip_value(input: &[u8]) -> &[u8] {
    let mut rest = input;
    if !VECTORS {
        while let Some((word, behind)) = rest.split_first_chunk() {
            if unprintable(usize::from_le_bytes(*word)) != 0 {
                break;
            }
            rest = behind;
        }
        return skip(rest, FIELD);
    }
    loop {
        // Printable ASCII is told by one comparison; a tab and what is beyond ASCII are rare.
        while let Some((block, behind)) = rest.split_first_chunk::<16>() {
            if !block.iter().fold(true, |all, byte| all & (byte.wrapping_add(1).cast_signed() > 0x20)) {
                break;
            }
            rest = behind;
        }
        while let Some((block, behind)) = rest.split_first_chunk() {
            let found = unprintable(usize::from_le_bytes(*block));
            if found != 0 {
                rest = rest.get(found.trailing_zeros() as usize / 8..).unwrap_or(&[]);
                break;
            }
            rest = behind;
        }
        loop {
            match rest {
                // What it mostly is comes first.
                [] | [b'\r', ..] => return rest,
                [byte, tail @ ..] if is(*byte, FIELD) => rest = tail,
                _ => return rest,
            }
            if rest.len() >= 8 {
                break;
            }
        }
    }
}

/// Is this made of letters and hyphens, as nearly every field's name is? Nothing is not.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(crate) fn all_letters(text: &[u8]) -> bool {
    !text.is_empty() && all(text, |byte| ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte == b'-'))
}

/// Is this printable ASCII, as nearly every field's value is?
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(crate) fn all_printable(text: &[u8]) -> bool {
    all(text, |byte| byte.wrapping_add(1).cast_signed() > 0x20)
}

/// Are all bytes so? Looked at in pieces, of which the last may overlap the one before.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn all(text: &[u8], so: impl Fn(u8) -> bool + Copy) -> bool {
    if let Some(last) = text.last_chunk::<8>() {
        let (pieces, _) = text.as_chunks::<8>();
        return every(last, so) && pieces.iter().all(|piece| every(piece, so));
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => every(first, so) & every(last, so),
        _ => text.iter().all(|byte| so(*byte)),
    }
}

#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn every<const N: usize>(piece: &[u8; N], so: impl Fn(u8) -> bool) -> bool {
    piece.iter().fold(true, |all, byte| all & so(*byte))
}

/// The high bit of the first byte in a word that is not printable ASCII; bits behind it mean nothing.
const fn unprintable(bytes: usize) -> usize {
    const ONES: usize = usize::from_ne_bytes([1; size_of::<usize>()]);
    let above = bytes.wrapping_add(ONES * (0x7f - b'~' as usize)) | bytes;
    let below = bytes.wrapping_sub(ONES * b' ' as usize);
    (above | below) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::grammar::TOKEN;

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
            assert!(!all_letters(text) || run(text, TOKEN).1.is_empty());
        });
        assert!(!all_letters(b""), "a field has a name");
    }

    #[test]
    fn printable_bytes_are_told_from_all_other_bytes() {
        let printable = |byte: &u8| matches!(byte, b' '..=b'~');
        for_each_text(|text| assert_eq!(all_printable(text), text.iter().all(printable), "{text:?}"));
        assert!(all_printable(b""));
    }
}
