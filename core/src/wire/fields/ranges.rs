//! Several byte ranges, RFC 9110 section 14.
//!
//! Invariant: the parts of a selection are in the order of the request, and any two have 80 bytes or more between them.

use core::ops::Range;

use heapless::Vec;

use crate::slice::{same_text, split_once};
use crate::status::Status;
use crate::wire::fields::headers::members;
use crate::wire::fields::range::ByteRange;

/// So many bytes, about, a further part costs in `multipart/byteranges`.
const PART_OVERHEAD: u64 = 80;
/// The number of ranges in the longest list.
const MAX_SPECS: usize = 16;

/// The parts of a representation of known length that a `Range` selects (RFC 9110 section 14), for a server that sends
/// `multipart/byteranges` (section 14.6). Exhaustive: other ranges select everything.
///
/// Ranges that overlap, touch, or have fewer than 80 bytes between them are joined, as a part of its own costs more (section
/// 15.3.7.2). A list of more than 16 ranges, one of more than 8 parts, and one with a range that is not valid select
/// everything: section 14.2 lets a server ignore what looks like an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByteRanges {
    /// At most one part. 206 has it as its content.
    One(ByteRange),
    /// Two to eight parts, in the order in which the first range of each was requested. Ranges without a byte in the
    /// representation are left out.
    Several(Vec<Range<u64>, 8>),
}

impl ByteRanges {
    /// Parses the value of `Range`, for a representation of `length` bytes.
    ///
    /// ```
    /// use bantam::wire::{ByteRange, ByteRanges};
    ///
    /// let ByteRanges::Several(parts) = ByteRanges::parse(b"bytes=-100, 0-99, 100-199", 1000) else { panic!() };
    /// assert_eq!(parts, [900..1000, 0..200]);
    /// assert_eq!(ByteRanges::parse(b"bytes=0-1, 5-6", 1000), ByteRanges::One(ByteRange::Range(0..7)));
    /// ```
    #[must_use]
    pub fn parse(value: &[u8], length: u64) -> Self {
        Self::select(value, length, PART_OVERHEAD)
    }

    /// The status of the response with these parts: 200, 206 or 416.
    pub(crate) const fn status(&self) -> Status {
        match self {
            Self::One(range) => range.status(),
            Self::Several(_) => Status::PARTIAL_CONTENT,
        }
    }

    /// Parses a value. Parts with less than `gap` bytes between them are joined; `gap` is at least 1.
    fn select(value: &[u8], length: u64, gap: u64) -> Self {
        let whole = Self::One(ByteRange::Whole);
        let (unit, set) = split_once(value, b'=');
        if !same_text(unit, b"bytes") {
            return whole;
        }
        let (mut parts, mut specs) = (Vec::new(), 0);
        for spec in members(set.unwrap_or(&[])) {
            specs += 1;
            match ByteRange::of_spec(spec, length) {
                _ if specs > MAX_SPECS => return whole,
                ByteRange::Whole => return whole,
                ByteRange::Range(part) => parts = with(parts, part, gap),
                ByteRange::Unsatisfiable => {}
            }
        }
        match parts.as_slice() {
            _ if specs == 0 => whole,
            [] => Self::One(ByteRange::Unsatisfiable),
            [part] => Self::One(ByteRange::Range(part.clone())),
            _ => Vec::from_slice(&parts).map_or(whole, Self::Several),
        }
    }
}

/// The parts that are apart, with one more. Those with less than `gap` bytes to it become one with it, at the place of the first of them:
/// no other can be nearer than that to the whole, as it would have to lie between two of them.
fn with(parts: Vec<Range<u64>, MAX_SPECS>, part: Range<u64>, gap: u64) -> Vec<Range<u64>, MAX_SPECS> {
    let (mut joined, mut whole, mut place) = (Vec::new(), part.clone(), None);
    for other in parts {
        let is_apart =
            other.end.saturating_add(gap) <= part.start || part.end.saturating_add(gap) <= other.start;
        if !is_apart {
            whole = whole.start.min(other.start)..whole.end.max(other.end);
        }
        if is_apart || place.is_none() {
            place = place.or((!is_apart).then_some(joined.len()));
            let _ = joined.push(other);
        }
    }
    match place.and_then(|place| joined.get_mut(place)) {
        Some(place) => *place = whole,
        None => {
            let _ = joined.push(whole);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    const LENGTH: u64 = 12;

    /// Ranges of a file of twelve bytes and of what lies behind it, with the bytes that each selects as a set of bits; `None` for
    /// one that is not valid.
    fn specs() -> Vec<(String, Option<u32>)> {
        let bits = |from: u64, to: u64| (from..to.min(LENGTH)).map(|at| 1 << at).sum();
        let mut specs = Vec::new();
        for first in 0..=LENGTH + 1 {
            specs.push((format!("{first}-"), Some(bits(first, LENGTH))));
            specs.push((format!("-{first}"), Some(bits(LENGTH.saturating_sub(first), LENGTH))));
            for last in first.saturating_sub(1)..=LENGTH + 1 {
                specs.push((format!("{first}-{last}"), (first <= last).then(|| bits(first, last + 1))));
            }
        }
        specs
    }

    /// What a list selects, byte by byte: the bytes wanted, and those that are fewer than `gap` between wanted ones; then the
    /// runs of them in the order in which the list first wants a byte of each.
    fn model(list: &[Option<u32>], gap: u64) -> ByteRanges {
        let mut wanted = 0_u32;
        for spec in list {
            match spec {
                Some(bits) => wanted |= bits,
                None => return ByteRanges::One(ByteRange::Whole),
            }
        }
        let asked = wanted;
        for from in 0..LENGTH {
            for to in from + 1..(from + gap + 1).min(LENGTH) {
                if asked & 1 << from != 0 && asked & 1 << to != 0 {
                    (from..to).for_each(|at| wanted |= 1 << at);
                }
            }
        }
        let mut parts: heapless::Vec<Range<u64>, 8> = heapless::Vec::new();
        for bits in list.iter().flatten().filter(|bits| **bits != 0) {
            let mut from = u64::from(bits.trailing_zeros());
            let mut to = from;
            while from > 0 && wanted & 1 << (from - 1) != 0 {
                from -= 1;
            }
            while wanted & 1 << to != 0 {
                to += 1;
            }
            if !parts.contains(&(from..to)) {
                parts.push(from..to).unwrap();
            }
        }
        match &parts[..] {
            [] => ByteRanges::One(ByteRange::Unsatisfiable),
            [part] => ByteRanges::One(ByteRange::Range(part.clone())),
            _ => ByteRanges::Several(parts),
        }
    }

    #[test]
    fn every_list_of_up_to_three_ranges_selects_what_a_model_of_bytes_does() {
        let specs = specs();
        let mut kinds = [0; 4];
        let mut check = |list: &[&(String, Option<u32>)], gap: u64| {
            let text: Vec<&str> = list.iter().map(|(text, _)| &**text).collect();
            let value = format!("bytes={}", text.join(","));
            let bits: Vec<_> = list.iter().map(|(_, bits)| *bits).collect();
            let selected = ByteRanges::select(value.as_bytes(), LENGTH, gap);
            assert_eq!(selected, model(&bits, gap), "{value} {gap}");
            kinds[match selected {
                ByteRanges::One(ByteRange::Whole) => 0,
                ByteRanges::One(ByteRange::Range(_)) => 1,
                ByteRanges::One(ByteRange::Unsatisfiable) => 2,
                ByteRanges::Several(_) => 3,
            }] += 1;
        };
        for (at, first) in specs.iter().enumerate() {
            check(&[first], 1);
            for second in &specs {
                (1..=12).for_each(|gap| check(&[first, second], gap));
                // An invalid range decides alone, wherever it stands.
                if first.1.is_some() && second.1.is_some() {
                    for third in specs.iter().skip(at % 2).step_by(2) {
                        check(&[first, second, third], 1 + at as u64 % 3);
                    }
                }
            }
        }
        assert!(kinds.iter().all(|count| *count > 100), "{kinds:?}");
    }

    #[test]
    fn a_list_selects_several_parts_one_everything_or_nothing() {
        let several = |parts: &[Range<u64>]| ByteRanges::Several(parts.iter().cloned().collect());
        let one = |part: Range<u64>| ByteRanges::One(ByteRange::Range(part));
        let (whole, nothing) = (ByteRanges::One(ByteRange::Whole), ByteRanges::One(ByteRange::Unsatisfiable));
        for (set, selected) in [
            // RFC 9110 section 14.1.2, of a representation of 10,000 bytes.
            ("0-499", one(0..500)),
            ("500-999", one(500..1000)),
            ("-500", one(9500..10_000)),
            ("9500-", one(9500..10_000)),
            ("0-0,-1", several(&[0..1, 9999..10_000])),
            (" 0-0, -1 ", several(&[0..1, 9999..10_000])),
            ("0-999, 4500-5499, -1000", several(&[0..1000, 4500..5500, 9000..10_000])),
            ("500-600,601-999", one(500..1000)),
            ("500-700,601-999", one(500..1000)),
            // The order is that of the request.
            ("-1,0-0", several(&[9999..10_000, 0..1])),
            ("5000-5999,0-0,6000-6999,100-100", several(&[5000..7000, 0..1, 100..101])),
            // 79 bytes between them, and 80.
            ("0-0,80-80", one(0..81)),
            ("0-0,81-81", several(&[0..1, 81..82])),
            ("81-81,0-0", several(&[81..82, 0..1])),
            ("0-0,200-200,100-150", several(&[0..1, 100..201])),
            ("0-0,1000-1000,500-500,1-999", one(0..1001)),
            // What has no byte is left out.
            ("0-0,10000-", one(0..1)),
            ("10000-,5-5,-0,500-500", several(&[5..6, 500..501])),
            ("10000-,-0,20000-30000", nothing.clone()),
            (",,0-0,,500-,", several(&[0..1, 500..10_000])),
            ("0-,0-,0-", one(0..10_000)),
            ("-99999999999999999999999,5-99999999999999999999999", one(0..10_000)),
            // One that is not valid makes the list invalid.
            ("0-0,5-4", whole.clone()),
            ("0-0,a-b", whole.clone()),
            ("0-0,500-600-700", whole.clone()),
            ("0-0 500-600", whole.clone()),
            ("0-0;500-600", whole.clone()),
            ("-,0-0", whole.clone()),
            ("20000-,5-4", whole.clone()),
            ("", whole.clone()),
            (",,", whole.clone()),
        ] {
            assert_eq!(ByteRanges::parse(format!("bytes={set}").as_bytes(), 10_000), selected, "{set}");
        }
        for value in ["", "bytes", "lines=0-0,500-500", "bytes:0-0,500-500", "0-0,500-500"] {
            assert_eq!(ByteRanges::parse(value.as_bytes(), 10_000), whole, "{value}");
        }
        assert_eq!(ByteRanges::parse(b"bytes=-1,0-0", 0), whole, "the last byte of nothing is everything");
        assert_eq!(ByteRanges::parse(b"bytes=0-0,1-1", 0), nothing);
    }

    /// What other servers have found in the wild, or test: net/http of Go, nginx, lighttpd. White space within a range, which some of them
    /// take, is not in the grammar.
    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "a part is a range")]
    fn forms_that_servers_take_differently_are_taken_by_the_grammar() {
        let whole = ByteRanges::One(ByteRange::Whole);
        for set in [
            "4",
            " 4 ",
            "--4",
            "4--3",
            "-4-",
            "--0",
            "B-",
            "B-C",
            "3-C",
            "-C",
            "ran-ge",
            "0x1-0x2",
            "   ",
            " , ,, ",
            "0-2,--4",
            "0-2,B-",
            "0-2,4",
            "1 -2",
            "1- 2,4-5",
            "0-1;3-4",
            "\"0-1\"",
            "0-1,\"3-4\"",
            "*",
            "0-1,*",
            "0-+1",
            "1.0-2",
        ] {
            let selected = ByteRanges::select(format!("bytes={set}").as_bytes(), 12, 1);
            assert_eq!(selected, whole, "{set}");
        }
        for (set, parts) in [
            ("-3 , 5-", &[5..12][..]),
            ("0-0 ,\t3-3, 7-", &[0..1, 3..4, 7..12]),
            ("7-,0-0,3-3", &[7..12, 0..1, 3..4]),
            ("20-,0-5", &[0..6]),
            ("0-20,30-40", &[0..12]),
            ("-20,3-4", &[0..12]),
            ("007-008,0-01", &[7..9, 0..2]),
            ("3-4,3-4,0-0,3-4", &[3..5, 0..1]),
        ] {
            let selected = ByteRanges::select(format!("bytes={set}").as_bytes(), 12, 1);
            let expected = match parts {
                [part] => ByteRanges::One(ByteRange::Range(part.clone())),
                _ => ByteRanges::Several(parts.iter().cloned().collect()),
            };
            assert_eq!(selected, expected, "{set}");
        }
    }

    #[test]
    fn a_list_that_looks_like_an_attack_selects_everything() {
        let list = |count: u64, step: u64| {
            let specs: Vec<_> = (0..count).map(|at| format!("{}-{}", at * step, at * step)).collect();
            ByteRanges::parse(format!("bytes={}", specs.join(",")).as_bytes(), 1 << 20)
        };
        let whole = ByteRanges::One(ByteRange::Whole);
        assert!(matches!(list(8, 100), ByteRanges::Several(parts) if parts.len() == 8));
        assert_eq!(list(9, 100), whole);
        assert_eq!(list(16, 1), ByteRanges::One(ByteRange::Range(0..16)));
        assert_eq!(list(17, 1), whole);
        // CVE-2011-3192: hundreds of ranges that overlap.
        let ends: Vec<_> = (5..1300).map(|end| format!("5-{end}")).collect();
        assert_eq!(ByteRanges::parse(format!("bytes=0-,{}", ends.join(",")).as_bytes(), 1 << 20), whole);
        let beyond = "9-,".repeat(17);
        assert_eq!(ByteRanges::parse(format!("bytes={beyond}").as_bytes(), 5), whole);
    }
}
