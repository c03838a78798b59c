//! The path of a URL in the form in which paths are compared: split, and then decoded.
//!
//! Invariant: paths of one form have segments that decode to the same bytes, and a path that could be read as another one, or as
//! a host, has no form.

use std::borrow::Cow;

use bantam::wire::PercentEncoded;

/// The decoded path, with a slash before each segment; borrowed where nothing is encoded. `None` if the path is not absolute, if a
/// segment before the last is empty, or if one decodes to `.`, to `..`, or to something with `/`, `\` or a control character.
pub(super) fn normal(path: &str) -> Option<Cow<'_, [u8]>> {
    let segments = path.strip_prefix('/')?;
    let is_plain = |segment: &[u8], is_last: bool| {
        let is_special = |byte: &u8| byte.is_ascii_control() || matches!(byte, b'/' | b'\\');
        (is_last || !segment.is_empty())
            && !matches!(segment, b"." | b"..")
            && !segment.iter().any(is_special)
    };
    let last = segments.split('/').count() - 1;
    let segments = segments.split('/').enumerate();
    if !path.contains('%') {
        let mut segments = segments;
        return segments
            .all(|(at, segment)| is_plain(segment.as_bytes(), at == last))
            .then_some(Cow::Borrowed(path.as_bytes()));
    }
    let mut decoded = Vec::with_capacity(path.len());
    for (at, segment) in segments {
        decoded.push(b'/');
        let start = decoded.len();
        decoded.extend(PercentEncoded::path(segment).bytes());
        if !is_plain(decoded.get(start..).unwrap_or_default(), at == last) {
            return None;
        }
    }
    Some(decoded.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_compared_as_it_decodes() {
        for (path, form) in [
            ("/", "/"),
            ("/a", "/a"),
            ("/a/b/", "/a/b/"),
            ("/%61/%C3%A9", "/a/é"),
            ("/a%2", "/a%2"),
            ("/...", "/..."),
        ] {
            assert_eq!(normal(path).as_deref(), Some(form.as_bytes()), "{path}");
        }
        assert_eq!(normal("/%ff").as_deref(), Some(&b"/\xff"[..]));
    }

    #[test]
    fn a_path_that_could_be_read_as_another_or_as_a_host_has_no_form() {
        for path in [
            "", "*", "a", "//a", "/a//b", "/a//", "///", "/.", "/a/..", "/../a", "/%2e/a", "/%2E%2e",
            "/a%2fb", "/%2f%2fa", "/\\a", "/%5ca", "/a/%5C", "/%0d%0a", "/%00", "/\ta", "/%7f",
        ] {
            assert_eq!(normal(path), None, "{path}");
        }
    }
}
