//! Text of a log line as bytes, without `core::fmt`: numbers, addresses, and bytes between quotes.
//!
//! Invariant: numbers and addresses are written as their `Display` writes them.

use std::net::{IpAddr, Ipv6Addr};

const HEX: [u8; 16] = *b"0123456789abcdef";

/// The length of a block of bytes that are judged at once: the compiler makes one comparison of vectors of it.
const BLOCK: usize = 16;

/// The bytes that stand between quotes as they are: those from `first` to `last` but quotes and backslashes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    pub(super) first: u8,
    pub(super) last: u8,
}

impl Plain {
    #[inline(always)]
    const fn includes(self, byte: u8) -> bool {
        // Not `&&`: branches are not vectorised.
        (byte >= self.first) & (byte <= self.last) & (byte != b'"') & (byte != b'\\')
    }

    #[inline(always)]
    fn includes_block<const N: usize>(self, block: &[u8; N]) -> bool {
        block.iter().fold(true, |plain, byte| plain & self.includes(*byte))
    }

    /// Returns true if all bytes are plain. Looks at whole blocks; the last one overlaps the one before it.
    #[inline(always)]
    pub(super) fn includes_all(self, bytes: &[u8]) -> bool {
        let Some(last) = bytes.last_chunk::<BLOCK>().copied().or_else(|| halves(bytes)) else {
            return bytes.iter().all(|byte| self.includes(*byte));
        };
        let (mut least, mut most, mut marks) = ([u8::MAX; BLOCK], [0; BLOCK], [0; BLOCK]);
        let mut look = |block: &[u8; BLOCK]| {
            for (((byte, least), most), marks) in block.iter().zip(&mut least).zip(&mut most).zip(&mut marks)
            {
                (*least, *most) = ((*least).min(*byte), (*most).max(*byte));
                *marks |= if *byte == b'"' { u8::MAX } else { 0 } | if *byte == b'\\' { u8::MAX } else { 0 };
            }
        };
        look(&last);
        bytes.as_chunks().0.iter().for_each(look);
        let bounds = least.iter().zip(&most).zip(&marks);
        bounds.fold(true, |plain, ((least, most), marks)| {
            plain & (*least >= self.first) & (*most <= self.last) & (*marks == 0)
        })
    }

    /// Pushes bytes: each run of plain ones in one piece, the others by `escape`.
    pub(super) fn push(self, line: &mut Vec<u8>, mut bytes: &[u8], escape: impl Fn(&mut Vec<u8>, u8)) {
        loop {
            let (blocks, _) = bytes.as_chunks::<BLOCK>();
            let start = blocks.iter().take_while(|block| self.includes_block(block)).count() * BLOCK;
            let end = bytes.iter().skip(start).position(|byte| !self.includes(*byte));
            let (run, rest) = bytes.split_at(end.map_or(bytes.len(), |end| start + end));
            line.extend_from_slice(run);
            let [byte, behind @ ..] = rest else { return };
            escape(line, *byte);
            bytes = behind;
        }
    }
}

/// The first and the last half of a block of 8 bytes or more.
#[inline(always)]
fn halves(bytes: &[u8]) -> Option<[u8; BLOCK]> {
    let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
    let [first, last] = [first, last].map(|half| u128::from(u64::from_le_bytes(*half)));
    Some((first | last << 64).to_le_bytes())
}

/// Writes a number from 0 to 9. A larger one is written as its last digit.
pub(super) const fn digit(value: u8) -> u8 {
    b'0' + value % 10
}

/// The digit of base 16 for the lowest four bits.
pub(super) fn hex_digit(value: u8) -> u8 {
    // The index is below the length.
    HEX[usize::from(value & 15)]
}

pub(super) fn push_decimal(line: &mut Vec<u8>, mut value: u64) {
    // The longest has twenty digits.
    let (mut digits, mut start) = ([b'0'; 20], 20_usize);
    while let Some(place) = start.checked_sub(1).and_then(|at| digits.get_mut(at)) {
        *place = b'0' + (value % 10) as u8;
        (value, start) = (value / 10, start - 1);
        if value == 0 {
            break;
        }
    }
    line.extend_from_slice(digits.get(start..).unwrap_or_default());
}

pub(super) fn push_address(line: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => push_octets(line, address.octets()),
        IpAddr::V6(address) => push_segments(line, address),
    }
}

fn push_octets(line: &mut Vec<u8>, octets: [u8; 4]) {
    for octet in octets {
        let (hundreds, tens, ones) = (digit(octet / 100), digit(octet / 10), digit(octet));
        // Each piece has a length that the compiler knows: no call copies it.
        match octet {
            ..10 => line.extend_from_slice(&[ones, b'.']),
            10..100 => line.extend_from_slice(&[tens, ones, b'.']),
            100.. => line.extend_from_slice(&[hundreds, tens, ones, b'.']),
        }
    }
    line.pop();
}

/// RFC 5952: the longest run of two zeros or more is left out, the first one of several.
fn push_segments(line: &mut Vec<u8>, address: Ipv6Addr) {
    if let Some(mapped) = address.to_ipv4_mapped() {
        line.extend_from_slice(b"::ffff:");
        return push_octets(line, mapped.octets());
    }
    let segments = address.segments();
    let zeros_from = |start: usize| segments.iter().skip(start).take_while(|segment| **segment == 0).count();
    let (mut left_out, mut at) = (0..0, 0);
    while at < segments.len() {
        let zeros = zeros_from(at);
        if zeros > 1 && zeros > left_out.len() {
            left_out = at..at + zeros;
        }
        at += zeros.max(1);
    }
    for (at, segment) in segments.into_iter().enumerate() {
        if left_out.contains(&at) {
            if at == left_out.start {
                line.extend_from_slice(b"::");
            }
            continue;
        }
        if at > 0 && at != left_out.end {
            line.push(b':');
        }
        push_hex(line, segment);
    }
}

/// Without zeros in front.
fn push_hex(line: &mut Vec<u8>, value: u16) {
    let digits = [12, 8, 4, 0].map(|shift| hex_digit((value >> shift) as u8));
    let zeros = (value.leading_zeros() / 4).min(3) as usize;
    line.extend_from_slice(digits.get(zeros..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(push: impl Fn(&mut Vec<u8>)) -> String {
        let mut line = b"before ".to_vec();
        push(&mut line);
        String::from_utf8(line.split_off(7)).unwrap()
    }

    #[test]
    fn a_number_is_written_as_display_writes_it() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        for value in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]) {
            assert_eq!(pushed(|line| push_decimal(line, value)), value.to_string());
        }
    }

    #[test]
    fn an_address_is_written_as_display_writes_it() {
        let v4 = (0..=255_u8).map(|octet| IpAddr::from([octet, 255 - octet, octet / 10, 0]));
        // Every pattern of zeros, and every length of a segment.
        let v6 = (0..=255_u8).flat_map(|zeros| {
            [1, 0x10, 0x0abc, 0xffff].map(|other| {
                let segments: [u16; 8] =
                    std::array::from_fn(|at| if zeros >> at & 1 == 1 { 0 } else { other });
                IpAddr::from(segments)
            })
        });
        let mapped = IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]);
        for address in v4.chain(v6).chain([mapped]) {
            assert_eq!(pushed(|line| push_address(line, address)), address.to_string());
        }
    }

    #[test]
    fn a_byte_that_is_not_plain_is_found_at_every_place_of_every_length() {
        let plain = Plain { first: b' ', last: b'~' };
        for length in 0..70 {
            assert!(plain.includes_all(&vec![b'a'; length]), "{length}");
            for (at, byte) in
                (0..length).flat_map(|at| [b'"', b'\\', 0, 0x1f, 0x7f, 0xff].map(|byte| (at, byte)))
            {
                let mut bytes = vec![b'a'; length];
                bytes[at] = byte;
                assert!(!plain.includes_all(&bytes), "{byte} at {at} of {length}");
                let pushed = pushed(|line| plain.push(line, &bytes, |line, _| line.push(b'!')));
                assert_eq!(pushed, format!("{}!{}", "a".repeat(at), "a".repeat(length - at - 1)));
            }
        }
    }

    #[test]
    fn runs_of_plain_bytes_are_pushed_between_the_others() {
        let plain = Plain { first: b' ', last: b'~' };
        let text = format!("\"\"{}\\{} ~\"", "a".repeat(33), "b".repeat(16));
        let pushed =
            pushed(|line| plain.push(line, text.as_bytes(), |line, byte| line.extend([b'<', byte, b'>'])));
        assert_eq!(pushed, text.replace('"', "<\">").replace('\\', "<\\>"));
    }
}
