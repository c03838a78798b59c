//! A byte range, RFC 9110 section 14.
//!
//! Invariant: an invalid range counts as none, and at most one range is selected.

use core::ops::Range;

use heapless::String;

use crate::slice::{ascii_str, parse_digits, same_text, split_once};
use crate::status::Status;
use crate::wire::byte_buffer::ByteBuffer;
use crate::wire::fields::headers::members;

/// The part of a representation of known length that a `Range` selects (RFC 9110 section 14). Several ranges select
/// everything, as section 14.2 allows, so the enum is exhaustive; [`ByteRanges`](crate::wire::ByteRanges) selects several parts.
///
/// The grammar is that of section 14.1.1, with one addition: white space may follow the `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// Everything: there is no range, none that is served, or the last bytes of an empty representation.
    Whole,
    /// These bytes, at least one: 206.
    Range(Range<u64>),
    /// No byte of it: 416.
    Unsatisfiable,
}

impl ByteRange {
    /// Parses the value of `Range`, for a representation of `length` bytes.
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
        if same_text(unit, b"bytes") { Self::of_spec(range, length) } else { Self::Whole }
    }

    /// The part that one `range-spec` selects; everything if it is not valid.
    pub(super) fn of_spec(range: &[u8], length: u64) -> Self {
        let (first, Some(last)) = split_once(range, b'-') else { return Self::Whole };
        let range = match (position(first), position(last)) {
            (Some(Some(start)), Some(Some(end))) if !is_above(first, last) => {
                start..end.saturating_add(1).min(length)
            }
            (Some(Some(start)), Some(None)) => start..length,
            // Section 14.1.2: satisfiable, but no Content-Range can name the part.
            (Some(None), Some(Some(1..))) if length == 0 => return Self::Whole,
            (Some(None), Some(Some(suffix))) => length.saturating_sub(suffix)..length,
            _ => return Self::Whole,
        };
        if range.is_empty() { Self::Unsatisfiable } else { Self::Range(range) }
    }

    /// The status of the response with this part: 200, 206 or 416.
    pub(crate) const fn status(&self) -> Status {
        match self {
            Self::Whole => Status::OK,
            Self::Range(_) => Status::PARTIAL_CONTENT,
            Self::Unsatisfiable => Status::RANGE_NOT_SATISFIABLE,
        }
    }

    /// The value of `Content-Range`, RFC 9110 section 14.4; `None` for everything.
    #[must_use]
    pub fn content_range(&self, length: u64) -> Option<String<68>> {
        if matches!(self, Self::Whole) {
            return None;
        }
        // Three numbers of 20 digits fit.
        let mut memory = [0; 68];
        let mut value = ByteBuffer::new(&mut memory);
        let _ = value.push(b"bytes ");
        let _ = match self {
            Self::Whole | Self::Unsatisfiable => value.push(b"*"),
            Self::Range(range) => {
                value.push_decimal(range.start)
                    && value.push(b"-")
                    && value.push_decimal(range.end.saturating_sub(1))
            }
        };
        let _ = value.push(b"/") && value.push_decimal(length);
        String::try_from(ascii_str(value.bytes())).ok()
    }
}

/// A position: `None` if it is not a number, `Some(None)` if it is empty. A number of more than 64 bits is behind every end.
fn position(digits: &[u8]) -> Option<Option<u64>> {
    match digits {
        [] => Some(None),
        _ if digits.iter().all(u8::is_ascii_digit) => Some(parse_digits(digits).or(Some(u64::MAX))),
        _ => None,
    }
}

/// Compares numbers of any length: their lengths without leading zeros, then their digits.
fn is_above(first: &[u8], last: &[u8]) -> bool {
    let (first, last) = (without_zeros(first), without_zeros(last));
    first.len() > last.len() || first.len() == last.len() && first > last
}

fn without_zeros(mut digits: &[u8]) -> &[u8] {
    while let [b'0', rest @ ..] = digits {
        digits = rest;
    }
    digits
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    #[test]
    fn a_range_is_clipped_to_the_length() {
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
    }

    #[test]
    fn the_last_bytes_of_nothing_are_everything() {
        for (set, part) in [
            ("-1", ByteRange::Whole),
            ("-18446744073709551616", ByteRange::Whole),
            ("-0", ByteRange::Unsatisfiable),
            ("-000", ByteRange::Unsatisfiable),
            ("0-", ByteRange::Unsatisfiable),
            ("0-0", ByteRange::Unsatisfiable),
        ] {
            assert_eq!(ByteRange::parse(format!("bytes={set}").as_bytes(), 0), part, "{set}");
        }
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_none_whatever_the_size_of_its_numbers() {
        let ends =
            ["0", "1", "9", "10", "18446744073709551615", "18446744073709551616", "99999999999999999999999"];
        for (at, first) in ends.iter().enumerate() {
            for (other, last) in ends.iter().enumerate() {
                for zeros in ["", "00", "000000000000000000000000"] {
                    let range = ByteRange::parse(format!("bytes={zeros}{first}-{last}").as_bytes(), 5);
                    assert_eq!(range == ByteRange::Whole, at > other, "{zeros}{first}-{last}");
                }
            }
        }
    }

    #[test]
    fn anything_but_a_single_range_is_everything() {
        let sets = ["", "-", "5-4", "a-b", "0x1-2", "1-2-3", "+1-2", "1 - 2", "0-1,5-6", "--1"];
        let sets = sets.map(|set| format!("bytes={set}"));
        let others = ["", "bytes", "lines=0-1", "bytes 0-1", "bytes:0-1"].map(String::from);
        for value in sets.iter().chain(&others) {
            assert_eq!(ByteRange::parse(value.as_bytes(), 10), ByteRange::Whole, "{value}");
        }
    }

    #[test]
    fn a_content_range_names_the_part_and_the_length() {
        let text = |part: ByteRange, length| part.content_range(length).unwrap();
        assert_eq!(text(ByteRange::Range(0..10), 100), "bytes 0-9/100");
        assert_eq!(text(ByteRange::Unsatisfiable, 100), "bytes */100");
        let longest = text(ByteRange::Range(u64::MAX - 1..u64::MAX), u64::MAX);
        assert_eq!(longest, "bytes 18446744073709551614-18446744073709551614/18446744073709551615");
        assert_eq!(ByteRange::Whole.content_range(1), None);
    }
}
