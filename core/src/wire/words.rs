//! Ends of values and lines, found in words of 32 bits: the scans of processors without vectors.
//!
//! Invariant: each finds the end that a scan of single bytes finds.
//!
//! Written for the optimisation for size, which calls closures and does not unroll loops. A load of a word needs no alignment on a
//! Cortex-M3 and larger.

use crate::wire::class::{FIELD_VALUE, is};

/// A word of bytes that are 1.
const ONES: u32 = 0x0101_0101;
/// The high bit of each byte of a word.
const HIGH: u32 = 0x80 * ONES;

/// `input` from the first byte on that is not of `classes`.
pub(crate) fn skip(input: &[u8], classes: u8) -> &[u8] {
    let mut rest = input;
    while let [a, b, c, d, tail @ ..] = rest {
        if !is(*a, classes) {
            return rest;
        }
        let [_, behind @ ..] = rest else { return rest };
        if !is(*b, classes) {
            return behind;
        }
        let [_, behind @ ..] = behind else { return behind };
        if !is(*c, classes) {
            return behind;
        }
        let [_, behind @ ..] = behind else { return behind };
        if !is(*d, classes) {
            return behind;
        }
        rest = tail;
    }
    while let [byte, tail @ ..] = rest
        && is(*byte, classes)
    {
        rest = tail;
    }
    rest
}

/// `input` from the first byte on that a field value cannot hold.
pub(crate) fn skip_value(input: &[u8]) -> &[u8] {
    let mut at = 0;
    for block in input.as_chunks().0 {
        let (first, second) = words(block);
        let (first, second) = (unprintable_mask(first), unprintable_mask(second));
        if (first | second) & HIGH != 0 {
            at += place(first, second);
            break;
        }
        at += 8;
    }
    let rest = input.get(at..).unwrap_or(&[]);
    match rest {
        [b'\r', ..] => rest,
        // A tab, text that is not ASCII, or less than a block.
        _ => skip(rest, FIELD_VALUE),
    }
}

/// `lines` from the first line behind the front one on that begins with `letter`, in either case; with any byte, if `letter` is 0.
/// Empty if there is none. There are no controls but the tab in lines.
pub(crate) fn skip_to_line(lines: &[u8], letter: u8) -> &[u8] {
    let cases = if letter == 0 { 0 } else { !0x20 };
    let mut rest = lines;
    loop {
        let mut at = 0;
        for block in rest.as_chunks().0 {
            let (first, second) = words(block);
            let (first, second) = (control_mask(first), control_mask(second));
            if (first | second) & HIGH != 0 {
                at += place(first, second);
                break;
            }
            at += 8;
        }
        rest = match rest.get(at..).unwrap_or(&[]) {
            // CR is always followed by LF.
            [b'\r', _, line @ ..] | [b'\n', line @ ..] => {
                if line.first().is_none_or(|byte| (byte ^ letter) & cases == 0) {
                    return line;
                }
                line
            }
            [_, tail @ ..] => tail,
            [] => return &[],
        }
    }
}

/// The two words of a block.
#[inline(always)]
const fn words(block: &[u8; 8]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = *block;
    (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
}

/// The place of the first marked byte in a block.
#[inline(always)]
const fn place(first: u32, second: u32) -> usize {
    match first & HIGH {
        0 => 4 + (second & HIGH).trailing_zeros() as usize / 8,
        marked => marked.trailing_zeros() as usize / 8,
    }
}

/// The high bit of the first byte that is not printable ASCII; the bits behind it, and those that are no high bits, are arbitrary.
#[inline(always)]
const fn unprintable_mask(bytes: u32) -> u32 {
    let above = bytes.wrapping_add(ONES * (0x7f - b'~' as u32)) | bytes;
    above | control_mask(bytes)
}

/// The same of the first byte below a space, or above 0x9f.
#[inline(always)]
const fn control_mask(bytes: u32) -> u32 {
    bytes.wrapping_sub(ONES * b' ' as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::class::TOKEN;

    /// Every byte at every place of a text of every length, twice.
    fn for_each_text(mut look: impl FnMut(&[u8])) {
        for length in 0..=20 {
            for place in 0..length {
                for other in [place, length - 1 - place, 3] {
                    for byte in 0..=u8::MAX {
                        let mut text = [b'n'; 20];
                        text[other] = b'\xe4';
                        text[place] = byte;
                        look(&text[..length]);
                    }
                }
            }
        }
    }

    #[test]
    fn words_find_the_end_of_a_run_that_bytes_find() {
        for_each_text(|text| {
            for classes in [TOKEN, FIELD_VALUE, TOKEN | FIELD_VALUE] {
                let length = text.iter().position(|byte| !is(*byte, classes)).unwrap_or(text.len());
                assert_eq!(skip(text, classes), &text[length..], "{text:?}");
            }
            assert_eq!(skip_value(text), skip(text, FIELD_VALUE), "{text:?}");
        });
    }

    #[test]
    fn a_line_begins_behind_each_line_feed() {
        for_each_text(|text| {
            // The bytes of validated lines: a CR has its LF.
            if !text.iter().all(|byte| is(*byte, FIELD_VALUE) || *byte == b'\n') {
                return;
            }
            for cr in ["", "\r"].map(str::as_bytes) {
                let text = [b"h: ", text, cr, b"\nX: a\nnext: b", cr, b"\n"].concat();
                for letter in [0, b'n', b'N', b'x', b'X', b'z'] {
                    let starts = |line: &[u8]| {
                        letter == 0 || line.first().is_some_and(|first| first.eq_ignore_ascii_case(&letter))
                    };
                    let ends =
                        text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
                    let found = ends.map(|at| &text[at..]).find(|line| starts(line)).unwrap_or(&[]);
                    assert_eq!(skip_to_line(&text, letter), found, "{text:?}");
                }
            }
        });
    }
}
