//! Patterns of paths: `/users/{id}/files/{*path}`, matched byte by byte against a path as it was sent.
//! Invariant: a path matches after percent-decoding, but an escaped slash is no slash (RFC 3986 section 6.2.2.2).

use crate::slice::{split_at, split_once};
use crate::wire::PercentEncoded;

/// Matches `pattern` against the front of `path`. Returns what of the path is behind it, and what the parameter `name` stands for
/// if the pattern has it.
pub(crate) fn walk<'p>(
    mut pattern: &[u8],
    mut path: &'p [u8],
    name: &[u8],
) -> Option<(&'p [u8], Option<&'p [u8]>)> {
    let mut value = None;
    while let [expected, after @ ..] = pattern {
        if *expected == b'{' {
            let (parameter, after) = split_once(after, b'}');
            pattern = after.unwrap_or(&[]);
            let (segment, _) = split_once(path, b'/');
            let (parameter, taken) = match parameter {
                [b'*', parameter @ ..] => (parameter, path),
                _ if segment.is_empty() => return None,
                _ => (parameter, segment),
            };
            if parameter == name {
                value = Some(taken);
            }
            (_, path) = split_at(path, taken.len());
        } else {
            let mut bytes = PercentEncoded::path(path).bytes();
            if bytes.next() != Some(*expected) || *expected == b'/' && path.first() == Some(&b'%') {
                return None;
            }
            (pattern, path) = (after, bytes.rest());
        }
    }
    Some((path, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'p>(pattern: &str, path: &'p str, name: &str) -> Option<&'p str> {
        let (rest, value) = walk(pattern.as_bytes(), path.as_bytes(), name.as_bytes())?;
        assert!(rest.is_empty(), "{rest:?}");
        value.map(|value| core::str::from_utf8(value).unwrap())
    }

    fn rest<'p>(pattern: &str, path: &'p str) -> Option<&'p [u8]> {
        walk(pattern.as_bytes(), path.as_bytes(), b"").map(|(rest, _)| rest)
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
