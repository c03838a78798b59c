//! Law: a range that cannot be understood is none; one that lies outside is refused, and no two are ever sent.

use core::ops::Range;

use heapless::String;

use crate::wire::encode::byte_buffer::Staged;
use crate::wire::encode::head::number;
use crate::wire::fields::headers::members;
use crate::wire::grammar::{DIGIT, run, text};
use crate::wire::target::query::split_once;

/// What a `Range` asks for, of a representation of known length (RFC 9110 section 14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// All of it: there is no range, or none that is served here. Several ranges are answered with everything, as section
    /// 14.2 allows.
    Whole,
    /// These bytes, at least one: 206.
    Range(Range<u64>),
    /// None of the bytes that there are: 416.
    Unsatisfiable,
}

impl ByteRange {
    /// Reads the value of `Range`.
    ///
    /// ```
    /// use bantam::wire::ByteRange;
    ///
    /// assert_eq!(ByteRange::parse(b"bytes=0-9", 100), ByteRange::Range(0..10));
    /// assert_eq!(ByteRange::parse(b"bytes=-9", 100), ByteRange::Range(91..100));
    /// assert_eq!(ByteRange::parse(b"bytes=100-", 100), ByteRange::Unsatisfiable);
    /// assert_eq!(ByteRange::parse(b"bytes=0-1, 5-6", 100), ByteRange::Whole);
    /// ```
    #[must_use]
    pub fn parse(value: &[u8], length: u64) -> Self {
        let (unit, set) = split_once(value, b'=');
        let mut ranges = members(set.unwrap_or(&[]));
        let (Some(range), None) = (ranges.next(), ranges.next()) else { return Self::Whole };
        let (first, Some(last)) = split_once(range, b'-') else { return Self::Whole };
        if !unit.eq_ignore_ascii_case(b"bytes") {
            return Self::Whole;
        }
        let part = match (position(first), position(last)) {
            (Some(Some(first)), Some(Some(last))) if first <= last => {
                first..last.saturating_add(1).min(length)
            }
            (Some(Some(first)), Some(None)) => first..length,
            (Some(None), Some(Some(suffix))) => length.saturating_sub(suffix)..length,
            _ => return Self::Whole,
        };
        if part.is_empty() { Self::Unsatisfiable } else { Self::Range(part) }
    }

    /// The value of `Content-Range`, RFC 9110 section 14.4; `None` where everything is sent.
    #[must_use]
    pub fn content_range(&self, length: u64) -> Option<String<68>> {
        let mut memory = [0; 68];
        let mut out = Staged::new(&mut memory);
        // There is room for three numbers of 20 digits.
        let _ = out.add(b"bytes ");
        match self {
            Self::Whole => return None,
            Self::Unsatisfiable => {
                let _ = out.add(b"*");
            }
            Self::Range(part) => {
                let _ = number(&mut out, part.start);
                let _ = out.add(b"-");
                let _ = number(&mut out, part.end.saturating_sub(1));
            }
        }
        let _ = out.add(b"/");
        let _ = number(&mut out, length);
        String::try_from(text(out.bytes())).ok()
    }
}

/// A position: `None` if it is no number, `Some(None)` if nothing is there. One that is too large for 64 bits is behind
/// everything.
fn position(digits: &[u8]) -> Option<Option<u64>> {
    match run(digits, DIGIT) {
        ([], []) => Some(None),
        (digits, []) => Some(Some(digits.iter().fold(0, |number: u64, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')))
        }))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_the_end() {
        for (value, part) in [
            ("bytes=0-0", ByteRange::Range(0..1)),
            ("BYTES=9-9", ByteRange::Range(9..10)),
            ("bytes=5-", ByteRange::Range(5..10)),
            ("bytes=5-100", ByteRange::Range(5..10)),
            ("bytes=5-18446744073709551615", ByteRange::Range(5..10)),
            ("bytes=5-99999999999999999999999", ByteRange::Range(5..10)),
            ("bytes=-3", ByteRange::Range(7..10)),
            ("bytes=-100", ByteRange::Range(0..10)),
            ("bytes= 1-2 ", ByteRange::Range(1..3)),
            ("bytes=,1-2,", ByteRange::Range(1..3)),
        ] {
            assert_eq!(ByteRange::parse(value.as_bytes(), 10), part, "{value}");
        }
    }

    #[test]
    fn a_range_of_nothing_cannot_be_satisfied() {
        for value in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(ByteRange::parse(value.as_bytes(), 10), ByteRange::Unsatisfiable, "{value}");
        }
        assert_eq!(ByteRange::parse(b"bytes=-1", 0), ByteRange::Unsatisfiable);
        assert_eq!(ByteRange::parse(b"bytes=0-", 0), ByteRange::Unsatisfiable);
    }

    #[test]
    fn what_is_no_single_range_is_everything() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=0x1-2",
            "bytes=1-2-3",
            "bytes=+1-2",
            "bytes=1 - 2",
            "bytes=0-1,5-6",
            "bytes=--1",
            "lines=0-1",
            "bytes 0-1",
            "bytes:0-1",
        ] {
            assert_eq!(ByteRange::parse(value.as_bytes(), 10), ByteRange::Whole, "{value}");
        }
    }

    #[test]
    fn the_answer_says_which_part_it_is() {
        let text = |part: ByteRange, length| part.content_range(length).unwrap();
        assert_eq!(text(ByteRange::Range(0..10), 100), "bytes 0-9/100");
        assert_eq!(text(ByteRange::Unsatisfiable, 100), "bytes */100");
        let longest = text(ByteRange::Range(u64::MAX - 1..u64::MAX), u64::MAX);
        assert_eq!(longest, "bytes 18446744073709551614-18446744073709551614/18446744073709551615");
        assert_eq!(ByteRange::Whole.content_range(1), None);
    }
}
