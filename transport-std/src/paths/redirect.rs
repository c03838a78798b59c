//! `Redirect`: one path, or all below one, and where it leads.
//!
//! Invariant: a location begins with the text of the target up to its `*`, and so with its host or with one slash and no other.

use std::str::FromStr;

use bantam::wire::{Status, Uri};

use super::invalid::InvalidPath;
use super::normal::normal;

/// A redirect of a path, `FROM=TO`, or with a status `FROM=TO=STATUS`: see [`Redirects`](super::Redirects).
///
/// * FROM is a path, percent-encoded as in a URL, or all below one (`/old/*`, which `/old` is not).
/// * TO is a path of this server or a URL of `http` or `https`. After a FROM with `/*` it may end in `/*`, too, and the rest of the
///   path goes there; without, all lead to one URL.
/// * STATUS is 301, 302, 303, 307 or 308, the default. A TO that ends in `=` and such a number needs a status behind it.
///
/// ```
/// use bantam_std::Redirect;
///
/// assert!("/old=/new".parse::<Redirect>().is_ok());
/// assert!("/blog/*=https://blog.example.org/*=302".parse::<Redirect>().is_ok());
/// let error = "/old=//evil.example".parse::<Redirect>().unwrap_err();
/// assert_eq!(error.to_string(), "\"//evil.example\" is neither a path such as /new nor a URL of http or https");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// In the form of [`normal`]; of all below a path, with the slash at its end.
    pub(super) from: Vec<u8>,
    pub(super) is_below: bool,
    /// The target up to its `*`, its query and its fragment.
    to: String,
    /// Where a path of this server leads to, in the form of [`normal`].
    pub(super) own: Option<Vec<u8>>,
    pub(super) carries_rest: bool,
    query: Option<String>,
    fragment: Option<String>,
    pub(super) status: Status,
}

impl Redirect {
    /// A redirect with a status. The query of a request goes with it, behind that of `to`.
    ///
    /// # Errors
    /// [`InvalidPath`] for what the type says: a path or URL that is none, a `*` elsewhere, a status that redirects nothing.
    pub fn new(from: &str, to: &str, status: Status) -> Result<Self, InvalidPath> {
        if !matches!(status.code(), 301..=303 | 307 | 308) {
            return Err(InvalidPath(format!(
                "{} is no status of a redirect: 301, 302, 303, 307 or 308",
                status.code()
            )));
        }
        let (path, is_below) = without_star(from);
        let is_path = Uri::parse(path.as_bytes()).is_ok_and(|uri| {
            (uri.authority, uri.query, uri.fragment) == (None, None, None) && uri.path == path
        });
        let form = normal(path).filter(|_| is_path && !path.contains('*'));
        let from = form.ok_or_else(|| {
            InvalidPath(format!("{from:?} is no path to redirect, such as /old, or /old/* for all below it"))
        })?;
        let (base, carries_rest) = without_star(to);
        let no_target =
            || InvalidPath(format!("{to:?} is neither a path such as /new nor a URL of http or https"));
        let uri = Uri::parse(base.as_bytes()).map_err(|_| no_target())?;
        let own = match uri.authority {
            None => Some(normal(uri.path).ok_or_else(no_target)?.into_owned()),
            Some(_) => None,
        };
        let end = base.find(['?', '#']).unwrap_or(base.len());
        let location = base.get(..end).unwrap_or_default();
        if location.contains('*') || carries_rest && (!is_below || end < base.len()) {
            let rule = "a * ends the path, after a slash, and needs one at the end of what is redirected";
            return Err(InvalidPath(format!("{to:?}: {rule}")));
        }
        Ok(Self {
            from: from.into_owned(),
            is_below,
            to: location.to_owned(),
            own,
            carries_rest,
            query: uri.query.map(String::from),
            fragment: uri.fragment.map(String::from),
            status,
        })
    }

    /// Where a request leads: `rest` is what is behind the path, `query` that of the request.
    pub(super) fn location(&self, rest: &str, query: Option<&str>) -> String {
        let mut location = self.to.clone();
        if self.carries_rest {
            location.push_str(rest);
        }
        let queries = [self.query.as_deref(), query.filter(|query| !query.is_empty())];
        for (mark, query) in ["?", if self.query.is_some() { "&" } else { "?" }].into_iter().zip(queries) {
            if let Some(query) = query {
                location.push_str(mark);
                location.push_str(query);
            }
        }
        if let Some(fragment) = &self.fragment {
            location.push('#');
            location.push_str(fragment);
        }
        location
    }
}

/// `/old/` and true for `/old/*`.
fn without_star(path: &str) -> (&str, bool) {
    match path.strip_suffix('*') {
        Some(base) if base.ends_with('/') => (base, true),
        _ => (path, false),
    }
}

impl FromStr for Redirect {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let text = text.trim();
        let Some((from, to)) = text.split_once('=') else {
            return Err(InvalidPath("expected FROM=TO or FROM=TO=STATUS, such as /old=/new".into()));
        };
        let is_status = |code: &str| matches!(code, "301" | "302" | "303" | "307" | "308");
        let with_status = to.rsplit_once('=').filter(|(_, code)| is_status(code));
        let (to, status) = match with_status {
            Some((to, code)) => (to, code.parse().ok().and_then(Status::new)),
            None => (to, None),
        };
        Self::new(from, to, status.unwrap_or(Status::PERMANENT_REDIRECT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(rule: &str, rest: &str, query: Option<&str>) -> String {
        rule.parse::<Redirect>().unwrap_or_else(|error| panic!("{rule}: {error}")).location(rest, query)
    }

    #[test]
    fn the_rest_and_the_query_go_with_a_redirect() {
        for (rule, rest, query, expected) in [
            ("/a=/b", "", None, "/b"),
            ("/a=/b", "", Some("c=d"), "/b?c=d"),
            ("/a=/b", "", Some(""), "/b"),
            ("/a=/b?x=1", "", Some("c=d"), "/b?x=1&c=d"),
            ("/a=/b?x=1#top", "", Some("c=d"), "/b?x=1&c=d#top"),
            ("/a=/b#top", "", Some("c"), "/b?c#top"),
            ("/a/*=/b/*", "c/d%20e", Some("f"), "/b/c/d%20e?f"),
            ("/a/*=/b", "c/d", None, "/b"),
            ("/*=https://b.example/*", "c", None, "https://b.example/c"),
            ("/a=https://b.example", "", Some("c"), "https://b.example?c"),
            ("/a=HTTP://[::1]:80/x", "", None, "HTTP://[::1]:80/x"),
            (" /a=/b ", "", None, "/b"),
            ("/a=/b?x=302=308", "", None, "/b?x=302"),
        ] {
            assert_eq!(location(rule, rest, query), expected, "{rule}");
        }
    }

    #[test]
    fn a_status_is_one_that_redirects() {
        for (rule, code) in [("/a=/b", 308), ("/a=/b=302", 302), ("/a=/b?x=y=301", 301), ("/a=/b=404", 308)] {
            assert_eq!(rule.parse::<Redirect>().map(|redirect| redirect.status.code()), Ok(code), "{rule}");
        }
        for status in [Status::OK, Status::NOT_MODIFIED, Status::NOT_FOUND] {
            assert!(Redirect::new("/a", "/b", status).is_err());
        }
    }

    #[test]
    fn a_target_names_no_host_that_it_does_not_show() {
        for to in [
            "",
            "b",
            "b.example",
            "//evil",
            "//evil/x",
            "/\\evil",
            "\\\\evil",
            "/%2fevil",
            "/%5cevil",
            "/%5Cevil",
            "///evil",
            "/./x",
            "/..//evil",
            "/%2e%2e//evil",
            "/a//evil",
            "/\tevil",
            "/b\r\nSet-Cookie: x",
            "/b%0d%0ax",
            "/b c",
            "/é",
            "javascript:alert(1)",
            "data:,x",
            "ftp://a/",
            "https:",
            "https://",
            "https:///evil",
            "https:/evil",
            "https:evil",
            "http://user@evil/",
            "http://a\\@evil/",
            "http://a:99999/",
            "/*",
            "/b*",
            "/*/b",
            "https://*.b.example/x*",
        ] {
            assert!(format!("/a={to}").parse::<Redirect>().is_err(), "{to}");
        }
        for to in ["/b/*?c", "/b/*#c", "/b*", "/*/b", "//*", "/\\*", "https://b.example*"] {
            assert!(format!("/a/*={to}").parse::<Redirect>().is_err(), "{to}");
        }
    }

    #[test]
    fn what_is_redirected_is_a_path() {
        for from in [
            "",
            "a",
            "//a",
            "/a?b",
            "/a#b",
            "/a b",
            "/é",
            "/a*",
            "/*/a",
            "/a/../b",
            "http://a/b",
            "/%2f",
            "*",
            "/a%",
        ] {
            assert!(Redirect::new(from, "/new", Status::FOUND).is_err(), "{from}");
        }
        for text in ["", "/a", "=", "=/b", "/a="] {
            assert!(text.parse::<Redirect>().is_err(), "{text}");
        }
    }
}
