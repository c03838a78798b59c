//! Law: a weight is a thousandth between 0 and 1000, and a member whose weight cannot be read is not there: it is never
//! taken for a wish.

use crate::wire::fields::headers::{Headers, members, split_unquoted};
use crate::wire::grammar::trim;

/// A member of a list in which a client says what it prefers: `Accept`, `Accept-Encoding`, `Accept-Language`, `TE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality<'a> {
    /// What it is about, with the parameters that stand before the weight: `gzip`, `text/html;level=1`, `*`.
    pub member: &'a [u8],
    /// In thousandths: 1000 where no weight is stated, 0 for what is not acceptable (RFC 9110 section 12.4.2).
    pub weight: u16,
}

/// The members of one list value with their qualities, RFC 9110 section 12.4.2, in the order of the wire. One with a weight
/// that is none is left out.
///
/// ```
/// let wishes = bantam::wire::qualities(b"br, gzip;q=0.8, *;q=0");
/// let wishes: Vec<_> = wishes.map(|wish| (wish.member, wish.weight)).collect();
/// assert_eq!(wishes, [(&b"br"[..], 1000), (b"gzip", 800), (b"*", 0)]);
/// ```
pub fn qualities(list: &[u8]) -> impl Iterator<Item = Quality<'_>> {
    members(list).filter_map(Quality::of)
}

impl<'a> Quality<'a> {
    fn of(member: &'a [u8]) -> Option<Self> {
        let (_, mut parameters) = split_unquoted(member, b';');
        while let Some(rest) = parameters {
            let (parameter, behind) = split_unquoted(rest, b';');
            if let [b'q' | b'Q', b'=', value @ ..] = trim(parameter) {
                let before = member.get(..member.len() - rest.len() - 1)?;
                return Some(Self { member: trim(before), weight: weight(value)? });
            }
            parameters = behind;
        }
        Some(Self { member, weight: 1000 })
    }
}

/// `qvalue`: `0` or `1`, and up to three digits behind a point.
fn weight(value: &[u8]) -> Option<u16> {
    let (whole, digits) = match value {
        [whole @ (b'0' | b'1')] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', digits @ ..] if digits.len() <= 3 => (whole, digits),
        _ => return None,
    };
    let mut weight = u16::from(whole - b'0');
    for place in 0..3 {
        let digit = digits.get(place).unwrap_or(&b'0').wrapping_sub(b'0');
        weight = if digit < 10 { weight * 10 + u16::from(digit) } else { return None };
    }
    (weight <= 1000).then_some(weight)
}

impl<'a> Headers<'a> {
    /// The members of a list-valued field with their qualities, over all its lines: see [`qualities`].
    pub fn weighted(&self, name: &str) -> impl Iterator<Item = Quality<'a>> {
        self.all(name).flat_map(qualities)
    }

    /// How much the client wants an answer in this content coding (`"gzip"`, `"br"`, `"identity"` for none), by
    /// `Accept-Encoding` (RFC 9110 section 12.5.3): in thousandths, 0 where it must not be sent. Send the coding of the
    /// greatest weight; where two weigh the same, the one you like better.
    ///
    /// `*` speaks for every coding that is not named. `identity` is acceptable if nothing excludes it, and weighs 1 if
    /// nothing names it: less than whatever the client has asked for. Without the field only `identity` is: everything would
    /// be allowed then, but who does not say that it decodes seldom does. If `identity` weighs 0 and so does all
    /// that there is, 406 or `identity` may be answered.
    ///
    /// ```
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0.5, br\r\n\r\n";
    /// let headers = bantam::wire::request_head(request).unwrap().1.headers;
    /// let weight = |coding| headers.coding_weight(coding);
    /// assert_eq!((weight("br"), weight("gzip"), weight("zstd"), weight("identity")), (1000, 500, 0, 1));
    /// ```
    #[must_use]
    pub fn coding_weight(&self, coding: &str) -> u16 {
        let mut any = None;
        for wish in self.weighted("accept-encoding") {
            if same_coding(wish.member, coding.as_bytes()) {
                return wish.weight;
            }
            if wish.member == b"*" {
                any = any.or(Some(wish.weight));
            }
        }
        any.unwrap_or(u16::from(coding.eq_ignore_ascii_case("identity")))
    }
}

/// Whatever the case.
fn same_coding(one: &[u8], other: &[u8]) -> bool {
    plain(one).eq_ignore_ascii_case(plain(other))
}

/// `x-gzip` is gzip, and `x-compress` is compress (RFC 9110 section 8.4.1).
fn plain(coding: &[u8]) -> &[u8] {
    let old = |name: &[u8]| name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"compress");
    match coding {
        [b'x' | b'X', b'-', name @ ..] if old(name) => name,
        _ => coding,
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;
    use crate::wire::request_head;

    fn coding_weight(fields: &str, coding: &str) -> u16 {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        request_head(head.as_bytes()).unwrap().1.headers.coding_weight(coding)
    }

    #[test]
    fn a_weight_has_up_to_three_digits_behind_its_point() {
        for (value, weight) in [
            ("0", 0),
            ("1", 1000),
            ("0.", 0),
            ("1.", 1000),
            ("0.5", 500),
            ("0.05", 50),
            ("0.123", 123),
            ("1.000", 1000),
        ] {
            assert_eq!(super::weight(value.as_bytes()), Some(weight), "{value}");
        }
        for bad in [
            "", ".5", "2", "1.001", "1.1", "0.1234", "0.a", "0.:", "-1", "+1", "0.-1", "0,5", "1 ", "01",
            "0x1", "\"1\"",
        ] {
            assert_eq!(weight(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_member_has_its_parameters_and_its_weight() {
        let list = b"text/html;level=1 ; Q=0.4, text/*;x=\";q=1,\";q=0.1;later=1, a/b;x, c;q=2,, */*;q=";
        let read: Vec<_> = qualities(list).map(|wish| (wish.member, wish.weight)).collect();
        let expected: [(&[u8], u16); 3] =
            [(b"text/html;level=1", 400), (b"text/*;x=\";q=1,\"", 100), (b"a/b;x", 1000)];
        assert_eq!(read, expected);
        let first: Vec<_> = qualities(b";q=1, q=1, q=1;q=0").map(|wish| (wish.member, wish.weight)).collect();
        assert_eq!(first, [(&b""[..], 1000), (b"q=1", 1000), (b"q=1", 0)]);
    }

    #[test]
    fn a_coding_that_is_named_weighs_what_is_said_and_others_what_the_asterisk_says() {
        let fields = "Accept-Encoding: gzip;q=0.5, BR\r\nAccept-Encoding: *;q=0.2, x-compress;q=0\r\n";
        for (coding, weight) in [
            ("gzip", 500),
            ("x-gzip", 500),
            ("br", 1000),
            ("zstd", 200),
            ("identity", 200),
            ("compress", 0),
            ("x-br", 200),
        ] {
            assert_eq!(coding_weight(fields, coding), weight, "{coding}");
        }
    }

    #[test]
    fn identity_is_acceptable_until_something_excludes_it() {
        for (fields, weight) in [
            ("", 1),
            ("Accept-Encoding:\r\n", 1),
            ("Accept-Encoding: gzip\r\n", 1),
            ("Accept-Encoding: gzip, identity;q=0\r\n", 0),
            ("Accept-Encoding: *;q=0\r\n", 0),
            ("Accept-Encoding: *;q=0, identity\r\n", 1000),
            ("Accept-Encoding: *\r\n", 1000),
        ] {
            assert_eq!(coding_weight(fields, "identity"), weight, "{fields}");
        }
    }

    #[test]
    fn nothing_is_coded_for_who_does_not_ask() {
        for fields in
            ["", "Accept-Encoding: \r\n", "Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=yes\r\n"]
        {
            assert_eq!(coding_weight(fields, "gzip"), 0, "{fields}");
        }
    }
}
