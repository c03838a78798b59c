//! Byte slices, split and read without a panic: the layer below methods, statuses and the parsers.

use core::ops::Range;

/// Splits at `at`. An `at` beyond the end is the end.
pub(crate) fn split_at(input: &[u8], at: usize) -> (&[u8], &[u8]) {
    // A call on small targets: `min` tells the compiler that the other case does not occur, for half of the instructions. Inlined, it is one more.
    let at = if cfg!(target_pointer_width = "64") { at } else { at.min(input.len()) };
    input.split_at_checked(at).unwrap_or((input, &[]))
}

/// The bytes before the first `delimiter` and those after it; `None` if there is no delimiter.
pub(crate) fn split_once(input: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    let end = input.iter().position(|byte| *byte == delimiter).unwrap_or(input.len());
    let (before, rest) = split_at(input, end);
    (before, rest.get(1..))
}

/// Like [`split_once`], at the first `delimiter` outside quoted strings (RFC 9110 section 5.6.4).
pub(crate) fn split_once_unquoted(input: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    let (mut quoted, mut escaped) = (false, false);
    let end = input.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return *byte == delimiter && !quoted,
        }
        false
    });
    let (before, rest) = split_at(input, end.unwrap_or(input.len()));
    (before, rest.get(1..))
}

/// Moves `memory[from]` to `at`, which lies before it, and returns where it ends then. In pieces over the stack: `copy_within`
/// links the whole `memmove` of a device's library.
pub(crate) fn copy_down(memory: &mut [u8], mut from: Range<usize>, mut at: usize) -> usize {
    if cfg!(target_pointer_width = "64") {
        let length = from.end.saturating_sub(from.start);
        let Some(memory) = memory.get_mut(at..from.end) else { return at };
        if length <= memory.len() {
            memory.copy_within(memory.len() - length.., 0);
        }
        return at + length;
    }
    const PIECE: usize = 16;
    while from.start < from.end {
        let mut piece = [0; PIECE];
        let length = PIECE.min(from.end - from.start);
        if let (Some(taken), Some(source)) =
            (piece.get_mut(..length), memory.get(from.start..from.start + length))
        {
            taken.copy_from_slice(source);
        }
        if let (Some(place), Some(taken)) = (memory.get_mut(at..at + length), piece.get(..length)) {
            place.copy_from_slice(taken);
        }
        at += length;
        from.start += length;
    }
    at
}

/// Returns true if two texts are equal in any case of ASCII letters.
#[cfg_attr(target_pointer_width = "64", inline)]
pub(crate) fn same_text(text: &[u8], other: &[u8]) -> bool {
    if cfg!(all(target_pointer_width = "64", not(feature = "small"))) {
        return text.eq_ignore_ascii_case(other);
    }
    // A third of the instructions of the library's, and no larger.
    if text.len() != other.len() {
        return false;
    }
    for (byte, other) in text.iter().zip(other) {
        let differ = byte ^ other;
        if differ != 0 && (differ != 0x20 || !(byte | 0x20).is_ascii_lowercase()) {
            return false;
        }
    }
    true
}

/// Strips the optional white space (`OWS`: spaces and tabs) from both ends.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The hexadecimal digit of a value below 16, in lower case.
#[cfg(feature = "server")]
pub(crate) const fn lower_hex(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' - 10 + value }
}

/// The value of a hexadecimal digit, in either case.
pub(crate) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The value of decimal digits, 0 if there are none. `None` if a byte is not a digit, or at 2^64 and above.
pub(crate) fn parse_digits(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        let value = u128::from(value) * 10 + u128::from(digit);
        if digit < 10 { u64::try_from(value).ok() } else { None }
    })
}

/// ASCII bytes as text; empty for anything that is not UTF-8. Callers have checked the class of each byte.
pub(crate) fn ascii_str(ascii: &[u8]) -> &str {
    core::str::from_utf8(ascii).unwrap_or("")
}

/// The ASCII bytes `buffer[from..to]` as text, like [`ascii_str`]. The library checks 16 bytes at once from an aligned address on, and
/// others one by one: bytes on both sides are checked along if they are ASCII, too.
#[inline(always)]
pub(crate) fn ascii_within(buffer: &[u8], from: usize, to: usize) -> &str {
    const WORD: usize = size_of::<usize>();
    let misaligned = buffer.as_ptr().addr().wrapping_add(from) % WORD;
    let (start, aligned) = match from.checked_sub(misaligned) {
        Some(start) => (start, start),
        None => (from, from + WORD - misaligned),
    };
    let end = aligned + to.saturating_sub(aligned).next_multiple_of(2 * WORD);
    let wide = buffer.get(start..end).and_then(|wide| core::str::from_utf8(wide).ok());
    match wide.and_then(|wide| wide.get(from - start..to.wrapping_sub(start))) {
        Some(text) => text,
        None => ascii_str(buffer.get(from..to).unwrap_or(&[])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_checked_at_the_last_one() {
        assert_eq!(parse_digits(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_digits(b"18446744073709551616"), None);
        assert_eq!((parse_digits(b""), parse_digits(b"007")), (Some(0), Some(7)));
        for bad in ["+5", "5 ", "/", ":", "a"] {
            assert_eq!(parse_digits(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn text_is_ascii_whatever_stands_beside_it() {
        for around in [*b"..", *b"\xc3\xa4", *b"\xff\xff"] {
            let bytes: [u8; 80] = core::array::from_fn(|at| around[at % 2]);
            for (from, length) in (0..40).flat_map(|from| (0..40).map(move |length| (from, length))) {
                let mut buffer = bytes;
                buffer[from..from + length].fill(b'x');
                let text = ascii_within(&buffer, from, from + length);
                assert_eq!(text.as_bytes(), &buffer[from..from + length], "{from} {length}");
            }
        }
        assert_eq!((ascii_within(b"ab", 1, 3), ascii_within(b"ab", 2, 1)), ("", ""));
    }

    #[test]
    fn texts_are_equal_in_any_case_of_letters() {
        for byte in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                let same = byte.eq_ignore_ascii_case(&other);
                assert_eq!(same_text(&[b'a', byte], &[b'A', other]), same, "{byte} {other}");
            }
        }
        assert!(!same_text(b"a", b"ab") && same_text(b"", b""));
    }

    #[test]
    fn a_slice_is_split_anywhere() {
        assert_eq!(split_at(b"ab", 3), (&b"ab"[..], &b""[..]));
        assert_eq!(split_once(b"a=b=c", b'='), (&b"a"[..], Some(&b"b=c"[..])));
        assert_eq!(split_once(b"ab", b'='), (&b"ab"[..], None));
        assert_eq!(split_once_unquoted(b"\"a;\\\";\";b", b';'), (&b"\"a;\\\";\""[..], Some(&b"b"[..])));
    }
}
