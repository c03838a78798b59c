//! The grammar of IP addresses in a host, RFC 3986 section 3.2.2.

use crate::slice::parse_digits;
use crate::wire::class::{DIGIT, HEX, REG_NAME, is};
use crate::wire::scan::take_while;

/// Returns true for a valid text between the brackets of an `IP-literal`.
pub(crate) fn is_ip_literal(literal: &[u8]) -> bool {
    match literal {
        // IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
        [b'v' | b'V', future @ ..] => match take_while(future, HEX) {
            ([_, ..], [b'.', address @ ..]) => {
                !address.is_empty() && address.iter().all(|b| *b == b':' || is(*b, REG_NAME))
            }
            _ => false,
        },
        _ => is_ipv6(literal),
    }
}

/// `IPv6address`: eight groups of up to four digits, or fewer with one `::` in between; the last two may be an IPv4 address.
fn is_ipv6(address: &[u8]) -> bool {
    let (mut rest, mut gap) = match address {
        [b':', b':', rest @ ..] => (rest, true),
        _ => (address, false),
    };
    let mut groups = 0;
    while !(rest.is_empty() && gap) {
        if is_ipv4(rest) {
            groups += 2;
            break;
        }
        groups += 1;
        rest = match take_while(rest, HEX) {
            ([] | [_, _, _, _, _, ..], _) => return false,
            (_, []) => break,
            (_, [b':', b':', rest @ ..]) if !gap => {
                gap = true;
                rest
            }
            // A group follows each colon.
            (_, [b':', rest @ ..]) if !rest.is_empty() => rest,
            _ => return false,
        };
    }
    if gap { groups < 8 } else { groups == 8 }
}

/// `IPv4address`: four numbers below 256 without leading zeros.
fn is_ipv4(mut rest: &[u8]) -> bool {
    for dots in (0..4).rev() {
        let (digits, tail) = take_while(rest, DIGIT);
        if matches!(digits, [] | [b'0', _, ..]) || parse_digits(digits).is_none_or(|number| number > 255) {
            return false;
        }
        rest = match tail {
            [] => return dots == 0,
            [b'.', tail @ ..] => tail,
            _ => return false,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};
    use std::string::String;

    use super::*;

    /// Every sequence of up to seven of these pieces.
    #[test]
    fn addresses_are_those_that_the_standard_library_reads() {
        const PIECES: [&str; 7] = [":", "::", "1:", "ffff", "12345", "1.2.3.4", "256."];
        let mut read = 0;
        for number in 0..8u32.pow(7) {
            let digits = (0..7).map(|place| (number >> (3 * place) & 7) as usize);
            let text: String = digits.filter_map(|digit| PIECES.get(digit).copied()).collect();
            let address = text.parse::<Ipv6Addr>().is_ok();
            assert_eq!(is_ipv6(text.as_bytes()), address, "{text}");
            read += usize::from(address);
        }
        assert!(read > 1000, "{read}");
        for text in ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::"] {
            assert!(is_ipv6(text.as_bytes()) && text.parse::<Ipv6Addr>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_gap_stands_for_a_group_at_least() {
        for text in ["1:2:3:4:5:6:7::8", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6::1.2.3.4", "1:2:3:4:5:6:7:8::"] {
            assert!(!is_ipv6(text.as_bytes()) && text.parse::<Ipv6Addr>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_of_the_future_has_a_version_and_no_escapes() {
        assert!(is_ip_literal(b"v1.a:b") && is_ip_literal(b"VfF.!"));
        for bad in ["v.a", "v1", "v1.", "vg.a", "v1.a%20", "v1.<", "v1.[", "w1.a"] {
            assert!(!is_ip_literal(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn four_numbers_are_those_that_the_standard_library_reads() {
        for number in 0..=1_000 {
            for text in [
                std::format!("{number}.0.0.1"),
                std::format!("1.2.03.{number}"),
                std::format!("9.8.7.{number}"),
            ] {
                assert_eq!(is_ipv4(text.as_bytes()), text.parse::<Ipv4Addr>().is_ok(), "{text}");
            }
        }
        assert!(!is_ipv4(b"1.2.3") && !is_ipv4(b"1.2.3.4.") && !is_ipv4(b"1.2.3.4.5") && !is_ipv4(b""));
    }
}
