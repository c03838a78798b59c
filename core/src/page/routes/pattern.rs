//! Patterns of paths: `/users/{id}/files/{*path}`, matched byte by byte against a path as it was sent.
//! Invariant: a path matches after percent-decoding, but an escaped slash is no slash (RFC 3986 section 6.2.2.2).

use crate::slice::{split_at, split_once};
use crate::wire::PercentEncoded;

/// Matches `pattern` against the front of `path`. Returns what of the path is behind it.
pub(crate) fn walk<'p>(mut pattern: &[u8], mut path: &'p [u8]) -> Option<&'p [u8]> {
    while let [expected, after @ ..] = pattern {
        if *expected == b'{' {
            let (value, is_rest) = value_at(after, path);
            if value.is_empty() && !is_rest {
                return None;
            }
            pattern = split_once(after, b'}').1.unwrap_or(&[]);
            (_, path) = split_at(path, value.len());
        } else {
            path = match path {
                // Most bytes stand for themselves, and cost a third of the instructions.
                [byte, behind @ ..] if *byte != b'%' => Some(behind).filter(|_| byte == expected)?,
                _ => {
                    let mut bytes = PercentEncoded::path(path).bytes();
                    if *expected == b'/' || bytes.next() != Some(*expected) {
                        return None;
                    }
                    bytes.rest()
                }
            };
            pattern = after;
        }
    }
    Some(path)
}

/// What the parameter `name` of `pattern` stands for in `path`, if the pattern has it. A function of its own: a site without
/// parameters has no code for it.
pub(crate) fn value<'p>(pattern: &[u8], path: &'p [u8], name: &[u8]) -> Option<&'p [u8]> {
    let mut rest = pattern;
    loop {
        let after = split_once(rest, b'{').1?;
        let (parameter, behind) = split_once(after, b'}');
        if parameter.strip_prefix(b"*").unwrap_or(parameter) == name {
            let (before, _) = split_at(pattern, pattern.len() - after.len() - 1);
            return Some(value_at(after, walk(before, path)?).0);
        }
        rest = behind?;
    }
}

/// What of `path` the parameter stands for whose name is in front of `after`, and if that is the rest of the path.
fn value_at<'p>(after: &[u8], path: &'p [u8]) -> (&'p [u8], bool) {
    let is_rest = after.first() == Some(&b'*');
    (if is_rest { path } else { split_once(path, b'/').0 }, is_rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'p>(pattern: &str, path: &'p str, name: &str) -> Option<&'p str> {
        assert_eq!(rest(pattern, path), Some(&b""[..]));
        let value = super::value(pattern.as_bytes(), path.as_bytes(), name.as_bytes());
        value.map(|value| core::str::from_utf8(value).unwrap())
    }

    fn rest<'p>(pattern: &str, path: &'p str) -> Option<&'p [u8]> {
        walk(pattern.as_bytes(), path.as_bytes())
    }

    #[test]
    fn a_parameter_is_one_segment_and_a_rest_is_all_that_follows() {
        assert_eq!(value("/users/{id}", "/users/5", "id"), Some("5"));
        assert_eq!(value("/users/{id}/x", "/users/a%2Fb/x", "id"), Some("a%2Fb"), "as sent");
        assert_eq!(value("/{a}/{b}", "/1/2", "a"), Some("1"));
        assert_eq!(value("/{a}/{b}", "/1/2", "b"), Some("2"));
        assert_eq!(value("/{a}/{b}", "/1/2", "c"), None);
        assert_eq!(value("/files/{*path}", "/files/a/b", "path"), Some("a/b"));
        assert_eq!(value("/files/{*path}", "/files/", "path"), Some(""), "it may be empty");
        assert_eq!(rest("/users/{id}", "/users/"), None, "a segment may not");
    }

    #[test]
    fn a_path_matches_decoded_and_an_escaped_slash_is_no_slash() {
        assert_eq!(rest("/users", "/%75sers"), Some(&b""[..]));
        assert_eq!(rest("/\u{e9}", "/%C3%a9"), Some(&b""[..]));
        assert_eq!(rest("/a/b", "/a%2fb"), None);
        assert_eq!(rest("/a", "%2fa"), None);
    }

    #[test]
    fn what_is_behind_the_pattern_is_returned() {
        assert_eq!(rest("/api", "/api/x"), Some(&b"/x"[..]));
        assert_eq!(rest("/api", "/apis"), Some(&b"s"[..]));
        assert_eq!(rest("/api", "/ap"), None);
    }
}
