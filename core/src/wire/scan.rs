//! Law: the end of a run is found in wide steps and is the same that single steps find.
//!
//! The steps are written so that the compiler makes vector code of them for any processor that has vectors: folds over
//! arrays of a fixed size, and arithmetic on eight bytes at once. A small processor gets the single steps, for their size.

use super::grammar::{FIELD, is, run};

/// Is there room for code that is fast?
pub(super) const WIDE: bool = cfg!(any(target_pointer_width = "64", feature = "fast"));
/// Does the processor make something of steps that are wider than its words?
const VECTORS: bool = cfg!(target_pointer_width = "64");

/// `input` from the first byte on that is not of `classes`.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(super) fn skip(input: &[u8], classes: u8) -> &[u8] {
    if WIDE { skip_while(input, |byte| is(byte, classes)) } else { run(input, classes).1 }
}

/// `input` from the first byte on that is marked with one of `marks` in `table`.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
pub(super) fn skip_in<'a>(table: &[u8; 256], input: &'a [u8], marks: u8) -> &'a [u8] {
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
pub(super) fn skip_value(input: &[u8]) -> &[u8] {
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

/// The high bit of the first byte in a word that is not printable ASCII; bits behind it mean nothing.
const fn unprintable(bytes: usize) -> usize {
    const ONES: usize = usize::from_ne_bytes([1; size_of::<usize>()]);
    let above = bytes.wrapping_add(ONES * (0x7f - b'~' as usize)) | bytes;
    let below = bytes.wrapping_sub(ONES * b' ' as usize);
    (above | below) & (ONES * 0x80)
}
