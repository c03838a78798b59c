//! Quality values, RFC 9110 section 12.4.2: what a client prefers, in thousandths.
//!
//! Invariant: a member whose quality cannot be parsed counts as absent, never as wanted.

use crate::slice::{parse_digits, same_text, split_once, split_once_unquoted, trim};
use crate::wire::fields::headers::{Headers, members};

/// A member of a list of preferences: `Accept`, `Accept-Encoding`, `Accept-Language`, `TE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality<'a> {
    /// The member with the parameters before `q`: `gzip`, `text/html;level=1`, `*`.
    pub item: &'a [u8],
    /// Thousandths: 1000 if not stated, 0 for what is not acceptable (RFC 9110 section 12.4.2).
    pub q: u16,
}

/// The members of one list value with their qualities, in the order sent. Leaves out a member whose quality is not valid, and
/// validates nothing else of it. The first `q` of a member counts, wherever it stands among the parameters.
///
/// ```
/// let qualities = bantam::wire::qualities(b"br, gzip;q=0.8, *;q=0");
/// let qualities: Vec<_> = qualities.map(|quality| (quality.item, quality.q)).collect();
/// assert_eq!(qualities, [(&b"br"[..], 1000), (b"gzip", 800), (b"*", 0)]);
/// ```
pub fn qualities(list: &[u8]) -> impl Iterator<Item = Quality<'_>> {
    members(list).filter_map(Quality::parse)
}

impl<'a> Quality<'a> {
    fn parse(member: &'a [u8]) -> Option<Self> {
        let (_, mut parameters) = split_once_unquoted(member, b';');
        while let Some(rest) = parameters {
            let (parameter, behind) = split_once_unquoted(rest, b';');
            if let [b'q' | b'Q', value @ ..] = trim(parameter)
                && matches!(value, [] | [b'=' | b' ' | b'\t', ..])
            {
                let item = member.get(..member.len() - rest.len() - 1)?;
                return Some(Self { item: trim(item), q: parse_qvalue(value.strip_prefix(b"=")?)? });
            }
            parameters = behind;
        }
        Some(Self { item: member, q: 1000 })
    }
}

/// `qvalue`: `0` or `1`, and up to three digits behind a point.
fn parse_qvalue(value: &[u8]) -> Option<u16> {
    let [one @ (b'0' | b'1'), fraction @ ..] = value else { return None };
    let digits = match fraction {
        [] => fraction,
        [b'.', digits @ ..] => digits,
        _ => return None,
    };
    let scale = [1000, 100, 10, 1].get(digits.len())?;
    let q = u16::from(one - b'0') * 1000 + parse_digits(digits)? as u16 * scale;
    (q <= 1000).then_some(q)
}

impl<'a> Headers<'a> {
    /// The members of a list-valued field with their qualities, over all its lines: see [`qualities`].
    pub fn qualities(&self, name: &str) -> impl Iterator<Item = Quality<'a>> {
        self.all(name).flat_map(qualities)
    }

    /// The quality of a content coding (`"gzip"`, `"br"`, `"identity"` for none) by `Accept-Encoding`, in thousandths; 0 if it
    /// must not be sent (RFC 9110 section 12.5.3). Send the coding of the highest quality.
    ///
    /// `*` applies to every coding that is not named. `identity` is acceptable unless it is excluded; if it is not named its
    /// quality is 1, less than any coding that the client asks for. Without the field only `identity` is acceptable: the RFC
    /// allows every coding then, but few such clients decode one. If all qualities are 0, answer 406 or send `identity`.
    ///
    /// ```
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0.5, br\r\n\r\n";
    /// let headers = bantam::wire::request_head(request).unwrap().1.headers;
    /// let q = |coding| headers.coding_quality(coding);
    /// assert_eq!((q("br"), q("gzip"), q("zstd"), q("identity")), (1000, 500, 0, 1));
    /// ```
    #[must_use]
    pub fn coding_quality(&self, coding: &str) -> u16 {
        let [quality] = self.coding_qualities([coding]);
        quality
    }

    /// The qualities of several content codings, in their order: see [`Self::coding_quality`]. Reads `Accept-Encoding` once.
    ///
    /// ```
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0.5, br\r\n\r\n";
    /// let headers = bantam::wire::request_head(request).unwrap().1.headers;
    /// assert_eq!(headers.coding_qualities(["br", "gzip", "zstd", "identity"]), [1000, 500, 0, 1]);
    /// ```
    #[must_use]
    pub fn coding_qualities<const N: usize>(&self, codings: [&str; N]) -> [u16; N] {
        let mut named = [None; N];
        let mut any = None;
        // Two loops: that of `Self::qualities` is 0.2 KB more of a device's flash.
        for list in self.all("accept-encoding") {
            for Quality { item, q } in qualities(list) {
                for (named, coding) in named.iter_mut().zip(codings) {
                    if same_text(without_x(item), without_x(coding.as_bytes())) {
                        named.get_or_insert(q);
                    }
                }
                if item == b"*" {
                    any.get_or_insert(q);
                }
            }
        }
        let mut qualities = [0; N];
        for ((quality, named), coding) in qualities.iter_mut().zip(named).zip(codings) {
            let unnamed = any.unwrap_or(u16::from(same_text(coding.as_bytes(), b"identity")));
            *quality = named.unwrap_or(unnamed);
        }
        qualities
    }

    /// Returns true for a client that prefers JSON to HTML by `Accept`: JSON has the higher quality, or the same by a more specific range.
    /// The most specific range that names a type has its quality (RFC 9110 section 12.5.1). `application/problem+json` counts as JSON.
    /// Without the field, and for `*/*` alone, HTML is preferred.
    ///
    /// ```
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json, text/plain, */*\r\n\r\n";
    /// assert!(bantam::wire::request_head(request).unwrap().1.headers.prefers_json());
    /// ```
    #[must_use]
    pub fn prefers_json(&self) -> bool {
        const JSON: [&[u8]; 4] = [b"*/*", b"application/*", b"application/json", b"application/problem+json"];
        const HTML: [&[u8]; 3] = [b"*/*", b"text/*", b"text/html"];
        let (json, html) = (self.preference(&JSON), self.preference(&HTML));
        json.0 > 0 && json > html
    }

    /// The quality of the last of these ranges that `Accept` has, and how specific that is; zeros without one. Parameters but `q` are left
    /// out of account.
    fn preference(&self, ranges: &[&[u8]]) -> (u16, usize) {
        let named = self.qualities("accept").filter_map(|accept| {
            let (name, _) = split_once(accept.item, b';');
            let place = ranges.iter().position(|range| same_text(name.trim_ascii_end(), range))?;
            Some((place, accept.q))
        });
        named.max().map_or((0, 0), |(place, q)| (q, place.min(2)))
    }
}

/// `x-gzip` is gzip, and `x-compress` is compress (RFC 9110 section 8.4.1).
fn without_x(coding: &[u8]) -> &[u8] {
    let is_old = |name: &[u8]| same_text(name, b"gzip") || same_text(name, b"compress");
    match coding {
        [b'x' | b'X', b'-', name @ ..] if is_old(name) => name,
        _ => coding,
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;
    use crate::wire::request_head;

    fn coding_quality(fields: &str, coding: &str) -> u16 {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        request_head(head.as_bytes()).unwrap().1.headers.coding_quality(coding)
    }

    #[test]
    fn a_quality_has_up_to_three_digits_behind_its_point() {
        for (value, q) in [
            ("0", 0),
            ("1", 1000),
            ("0.", 0),
            ("1.", 1000),
            ("0.5", 500),
            ("0.05", 50),
            ("0.123", 123),
            ("1.000", 1000),
        ] {
            assert_eq!(parse_qvalue(value.as_bytes()), Some(q), "{value}");
        }
        for bad in [
            "", ".5", "2", "1.001", "1.1", "0.1234", "0.a", "0.:", "-1", "+1", "0.-1", "0,5", "1 ", "01",
            "0x1", "\"1\"",
        ] {
            assert_eq!(parse_qvalue(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_member_has_its_parameters_and_its_quality() {
        let list = b"text/html;level=1 ; Q=0.4, text/*;x=\";q=1,\";q=0.1;later=1, a/b;x, c;q=2,, */*;q=";
        let read: Vec<_> = qualities(list).map(|quality| (quality.item, quality.q)).collect();
        let expected: [(&[u8], u16); 3] =
            [(b"text/html;level=1", 400), (b"text/*;x=\";q=1,\"", 100), (b"a/b;x", 1000)];
        assert_eq!(read, expected);
        for none in ["a;q", "a;q =0", "a; q\t=1", "a;q= 1", "a;q=1 x", "a;q=\"1\"", "a;x=1;q;q=1"] {
            assert_eq!(qualities(none.as_bytes()).next(), None, "{none}");
        }
        let first: Vec<_> =
            qualities(b";q=1, q=1, q=1;q=0").map(|quality| (quality.item, quality.q)).collect();
        assert_eq!(first, [(&b""[..], 1000), (b"q=1", 1000), (b"q=1", 0)]);
    }

    #[test]
    fn a_named_coding_has_its_own_quality_and_others_that_of_the_asterisk() {
        let fields = "Accept-Encoding: gzip;q=0.5, BR\r\nAccept-Encoding: *;q=0.2, x-compress;q=0\r\n";
        for (coding, q) in [
            ("gzip", 500),
            ("x-gzip", 500),
            ("br", 1000),
            ("zstd", 200),
            ("identity", 200),
            ("compress", 0),
            ("x-br", 200),
        ] {
            assert_eq!(coding_quality(fields, coding), q, "{coding}");
        }
    }

    #[test]
    fn several_codings_have_the_qualities_that_each_has_alone() {
        let codings = ["br", "GZIP", "x-gzip", "identity", "zstd", "", "*", "br"];
        let lines =
            ["", "br", "gzip;q=0.5, *;q=0.2", "*, br;q=0", "identity;q=0, x-gzip", "br;q=x, br;q=0.1, br"];
        for (first, second) in lines.iter().flat_map(|first| lines.map(|second| (first, second))) {
            let fields = format!("Accept-Encoding: {first}\r\nX: y\r\naccept-encoding: {second}\r\n");
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let headers = request_head(head.as_bytes()).unwrap().1.headers;
            let alone = codings.map(|coding| coding_quality(&fields, coding));
            assert_eq!(headers.coding_qualities(codings), alone, "{fields}");
        }
        let headers = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().1.headers;
        assert_eq!(headers.coding_qualities(["br", "identity"]), [0, 1]);
        assert_eq!(headers.coding_qualities([]), []);
    }

    #[test]
    fn identity_is_acceptable_until_something_excludes_it() {
        for (fields, q) in [
            ("", 1),
            ("Accept-Encoding:\r\n", 1),
            ("Accept-Encoding: gzip\r\n", 1),
            ("Accept-Encoding: gzip, identity;q=0\r\n", 0),
            ("Accept-Encoding: *;q=0\r\n", 0),
            ("Accept-Encoding: *;q=0, identity\r\n", 1000),
            ("Accept-Encoding: *\r\n", 1000),
        ] {
            assert_eq!(coding_quality(fields, "identity"), q, "{fields}");
        }
    }

    #[test]
    fn no_coding_is_acceptable_unless_the_client_asks_for_it() {
        for fields in
            ["", "Accept-Encoding: \r\n", "Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=yes\r\n"]
        {
            assert_eq!(coding_quality(fields, "gzip"), 0, "{fields}");
        }
    }

    #[test]
    fn json_is_for_clients_that_like_it_more_or_name_it_more_precisely() {
        for (accept, expected) in [
            ("application/json", true),
            ("Application/JSON ; charset=utf-8", true),
            ("application/problem+json", true),
            ("application/*", true),
            ("application/json, */*;q=0.5", true),
            ("application/json, text/plain, */*", true),
            ("text/html;q=0.9, application/json", true),
            ("text/html;q=0.9, */*", true),
            ("", false),
            ("*/*", false),
            ("text/html", false),
            ("image/png", false),
            ("text/html, application/json", false),
            ("application/problem+json, text/html", false),
            ("text/html, application/json;q=0.9", false),
            ("text/html, */*", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("application/json;q=0", false),
            ("application/json;q=0, text/html;q=0", false),
            ("application/json;q=x", false),
            ("application/problem+json;q=0, application/json", false),
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\n\r\n");
            let headers = request_head(head.as_bytes()).unwrap().1.headers;
            assert_eq!(headers.prefers_json(), expected, "{accept}");
        }
    }
}
