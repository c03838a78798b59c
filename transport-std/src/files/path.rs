//! Law: a path is taken apart where it was sent apart, and a component is a name or nothing: never a way up, a way around,
//! or two names in one.

use std::ffi::OsString;
use std::path::PathBuf;

use bantam::wire::PercentEncoded;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What needs no escape in a component of a path (RFC 3986 section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path below the root.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Relative, of plain names only; empty for the root itself.
    pub(super) path: PathBuf,
    /// It ended in a slash: only a folder will do.
    pub(super) folder: bool,
}

impl Wanted {
    /// `None` for a path that is no name of anything here. `hidden`: may a name begin with a dot? `.well-known` (RFC 8615)
    /// always may.
    pub(super) fn of(path: &str, hidden: bool) -> Option<Self> {
        let mut wanted = Self { path: PathBuf::new(), folder: false };
        let mut components = path.strip_prefix('/')?.split('/').peekable();
        while let Some(component) = components.next() {
            if component.is_empty() && components.peek().is_none() {
                wanted.folder = true;
                break;
            }
            let name: Vec<u8> = PercentEncoded::path(component.as_bytes()).bytes().collect();
            if !is_name(&name) || !hidden && is_hidden(&name) {
                return None;
            }
            wanted.path.push(os(name)?);
        }
        Some(wanted)
    }
}

/// Is its owner unlikely to want it served?
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") && name != b".well-known"
}

fn is_name(name: &[u8]) -> bool {
    // What separates or means something on other systems does so there only: `a\b` and `a:b` are names on Unix.
    let foreign = |byte: &u8| cfg!(windows) && matches!(byte, b'\\' | b':');
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, 0 | b'/') || foreign(byte))
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere not every name is one of the system's")]
fn os(name: Vec<u8>) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(name))
}

#[cfg(not(unix))]
fn os(name: Vec<u8>) -> Option<OsString> {
    String::from_utf8(name).ok().map(OsString::from)
}

/// A name as a component of a path.
pub(super) fn encode(name: &[u8]) -> impl std::fmt::Display + '_ {
    percent_encode(name, PLAIN)
}

/// The same path, spelled in the one way that nothing can mistake, and with a slash behind it.
pub(super) fn as_folder(wanted: &Wanted) -> String {
    let mut path = String::from("/");
    for name in &wanted.path {
        path.push_str(&format!("{}/", encode(name.as_encoded_bytes())));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(path: &str) -> Option<(String, bool)> {
        let wanted = Wanted::of(path, false)?;
        Some((wanted.path.to_str()?.to_owned(), wanted.folder))
    }

    #[test]
    fn a_path_is_its_names() {
        for (path, names, folder) in [
            ("/", "", true),
            ("/a", "a", false),
            ("/a/", "a", true),
            ("/a%20b/%C3%A9.txt", "a b/é.txt", false),
            ("/%61", "a", false),
            ("/a+b", "a+b", false),
            ("/.well-known/x", ".well-known/x", false),
            ("/...", "...", false),
        ] {
            let expected = (names != "...").then(|| (names.to_owned(), folder));
            assert_eq!(wanted(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_name_is_nothing() {
        for path in [
            "",
            "*",
            "a",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/../a",
            "/a/../b",
            "/%2e%2e/a",
            "/%2e",
            "/a%2fb",
            "/a%2Fb",
            "/%2f",
            "/a%00",
            "/%00",
            "/.env",
            "/a/.git/config",
            "/%2egit",
        ] {
            assert_eq!(wanted(path), None, "{path}");
        }
        assert!(Wanted::of("/.env", true).is_some() && Wanted::of("/..", true).is_none());
    }

    #[test]
    fn what_is_encoded_comes_back() {
        for name in [&b"a b"[..], b"50%.txt", b"a?b#c", b"\xff\xfe", b"<img src=x>", b"a\\b", b"-._~"] {
            let path = format!("/{}", encode(name));
            assert!(
                path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/%-._~".contains(&byte)),
                "{path}"
            );
            let wanted = Wanted::of(&path, false).expect("a name");
            assert_eq!(wanted.path.as_os_str().as_encoded_bytes(), name);
            assert_eq!(as_folder(&wanted), format!("{path}/"));
        }
    }
}
