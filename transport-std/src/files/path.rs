//! The path of a URL as a path below the root, and back.
//!
//! Invariant: the path is split before it is decoded, and no component is `.`, `..`, empty, contains a separator or means
//! something else to the system ([`System`]).

use std::borrow::Cow;
#[cfg(unix)]
use std::ffi::OsString;
use std::fmt::Display;
#[cfg(unix)]
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use bantam::wire::PercentEncoded;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::system::System;
use super::temporary_name::is_temporary;

/// The characters that [`encode`] escapes: all but the unreserved ones (RFC 3986 section 2.3).
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The extension of a page.
const HTML: &str = ".html";

/// A path below the root.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestPath<'a> {
    /// Relative; empty for the root itself. Borrowed from the URL where nothing in it is encoded.
    pub(super) path: Cow<'a, Path>,
    /// The URL ends in a slash: only a directory matches.
    pub(super) is_dir: bool,
}

impl<'a> RequestPath<'a> {
    /// Returns `None` for a path that cannot name anything below the root. Names that begin with a dot are accepted if
    /// `hidden` is true; `.well-known` (RFC 8615) always is.
    pub(super) fn parse(path: &'a str, hidden: bool) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        if path.is_empty() {
            return Some(Self { path: Path::new("").into(), is_dir: true });
        }
        let (path, is_dir) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        let is_accepted =
            |name: &[u8]| System::THIS.is_name(name) && !is_temporary(name) && (hidden || !is_hidden(name));
        if !path.contains('%') {
            let accepted = path.as_bytes().split(|byte| *byte == b'/').all(is_accepted);
            return accepted.then_some(Self { path: Path::new(path).into(), is_dir });
        }
        let mut decoded = PathBuf::new();
        for component in path.split('/') {
            let name: Vec<u8> = PercentEncoded::path(component).bytes().collect();
            if !is_accepted(&name) {
                return None;
            }
            #[cfg(unix)]
            decoded.push(OsString::from_vec(name));
            #[cfg(not(unix))]
            decoded.push(String::from_utf8(name).ok()?);
        }
        Some(Self { path: decoded.into(), is_dir })
    }

    /// The page that stands for a path without an extension: `a/b.html` for `a/b`. `None` for a path that has the extension,
    /// and for a page whose name would be hidden.
    pub(super) fn page(&self, hidden: bool) -> Option<PathBuf> {
        let mut name = self.path.file_name()?.to_owned();
        if name.as_encoded_bytes().ends_with(HTML.as_bytes()) {
            return None;
        }
        name.push(HTML);
        (hidden || !is_hidden(name.as_encoded_bytes())).then(|| self.path.with_file_name(name))
    }
}

/// The directory of a URL's path that lacks the slash at its end, as seen from that URL: a relative reference (RFC 3986 section
/// 4.2) such as `sub/`. It has no slash in front, which could name a host, and no colon, which could name a scheme; so it is
/// right behind a proxy that removes a prefix, too.
pub(super) fn dir_reference(path: &str) -> String {
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name: Vec<u8> = PercentEncoded::path(name).bytes().collect();
    format!("{}/", encode(&name))
}

/// Percent-encodes a name as one component of a URL path.
pub(super) fn encode(name: &[u8]) -> impl Display + '_ {
    percent_encode(name, NOT_UNRESERVED)
}

/// Returns true for a name that begins with a dot, except `.well-known`.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") && name != b".well-known"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Option<(String, bool)> {
        let parsed = RequestPath::parse(path, false)?;
        Some((parsed.path.to_str()?.to_owned(), parsed.is_dir))
    }

    #[test]
    fn a_path_is_split_and_decoded() {
        for (path, names, is_dir) in [
            ("/", "", true),
            ("/a/b", "a/b", false),
            ("/a/b/", "a/b", true),
            ("/%61/b/", "a/b", true),
            ("/a", "a", false),
            ("/a/", "a", true),
            ("/a%20b/%C3%A9.txt", "a b/é.txt", false),
            ("/%61", "a", false),
            ("/a+b", "a+b", false),
            ("/.well-known/x", ".well-known/x", false),
            ("/...", "...", false),
        ] {
            let expected = (names != "...").then(|| (names.to_owned(), is_dir));
            assert_eq!(parse(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_without_an_escape_is_not_copied() {
        for (path, borrowed) in [("/a/b.txt", true), ("/a/", true), ("/", true), ("/%61", false)] {
            let parsed = RequestPath::parse(path, false).expect("a path");
            assert_eq!(matches!(parsed.path, Cow::Borrowed(_)), borrowed, "{path}");
        }
    }

    #[test]
    fn a_component_that_is_not_a_name_is_refused() {
        let empty = ["", "*", "a", "//", "///", "//a", "/a//b", "/a//", "/%61//", "//%61"];
        let dots = ["/.", "/..", "/../a", "/a/../b", "/%2e%2e/a", "/%2e"];
        let bytes = ["/a%2fb", "/a%2Fb", "/%2f", "/a%00", "/%00"];
        let hidden = ["/.env", "/a/.git/config", "/%2egit"];
        for path in [&empty[..], &dots, &bytes, &hidden].concat() {
            assert_eq!(parse(path), None, "{path}");
        }
        assert!(RequestPath::parse("/.env", true).is_some() && RequestPath::parse("/..", true).is_none());
    }

    #[test]
    fn a_page_has_the_name_with_its_extension_and_is_hidden_as_its_name_says() {
        let page =
            |path: &str, hidden| RequestPath::parse(path, hidden)?.page(hidden)?.to_str().map(String::from);
        for (path, name) in
            [("/a", "a.html"), ("/a/b", "a/b.html"), ("/v1.2", "v1.2.html"), ("/%61%20b", "a b.html")]
        {
            assert_eq!(page(path, false).as_deref(), Some(name), "{path}");
        }
        for path in ["/", "/a.html", "/.html", "/.well-known"] {
            assert_eq!(page(path, false), None, "{path}");
        }
        assert_eq!(page("/.well-known", true).as_deref(), Some(".well-known.html"));
    }

    #[test]
    fn an_encoded_name_decodes_to_itself() {
        for name in [&b"a b"[..], b"50%.txt", b"a?b#c", b"\xff\xfe", b"<img src=x>", b"a\\b", b"-._~"] {
            let path = format!("/{}", encode(name));
            assert!(
                path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/%-._~".contains(&byte)),
                "{path}"
            );
            let parsed = RequestPath::parse(&path, false).expect("a name");
            assert_eq!(parsed.path.as_os_str().as_encoded_bytes(), name);
            assert_eq!(format!("/{}", dir_reference(&path)), format!("{path}/"));
        }
    }
}
