//! `Prefix`: the layer that serves a site below a path.
//!
//! Invariant: the site sees the path behind the prefix, which begins with a slash, and no request for anything else.

use std::str::FromStr;

use bantam::wire::{Method, MethodSet, PercentEncoded, Status};
use bantam::{Connection, Layer, Rejection, RequestDetails, Response, Site};

use super::invalid::InvalidPath;

const ALLOW: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);

/// A path that a whole site is served below, as a layer ([`Site::layer`]): below `/docs` the site answers `/docs/a` as it would
/// answer `/a`, in `RequestDetails::uri` as well. It is for the outermost site: what is mounted by
/// [`routes!`](bantam::routes) has its prefix from there.
///
/// * The prefix without a slash at its end redirects to the one with it (308), as a relative reference.
/// * Everything else is refused with [`Rejection::NoRoute`]: 404, also `/`.
/// * `OPTIONS *` reaches the site.
/// * Logs, and [`Site::fields`], have the path as it was sent.
///
/// ```
/// use bantam_std::Prefix;
///
/// let prefix: Prefix = "/docs/v1".parse()?;
/// assert_eq!(prefix.as_str(), "/docs/v1");
/// assert!("docs".parse::<Prefix>().is_err() && "/".parse::<Prefix>().is_err());
/// # Ok::<(), bantam_std::InvalidPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The prefix, with a slash before each segment and none at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Drops the prefix from `uri.path`, for a layer of your own, which restores that behind the site: see [`Prefix`] as one. Returns false
    /// if it has answered with a redirect.
    ///
    /// # Errors
    /// The refusal of a request for anything else; what the connection fails with.
    pub async fn enter<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<bool, C::Error> {
        let path = details.uri.path;
        if path == "*" {
            return Ok(true);
        }
        match self.strip(path) {
            None => Err(Rejection::NoRoute.into()),
            Some("") if !matches!(details.method, Method::Get | Method::Head) => {
                Err(Rejection::MethodNotAllowed(ALLOW).into())
            }
            Some("") => {
                // Relative: right behind a proxy that removes or adds a part of the path, too.
                let last = self.segments().last().unwrap_or_default();
                let query = details.uri.query.map(|query| format!("?{query}")).unwrap_or_default();
                let location = format!("{last}/{query}");
                let fields = [("Location", &*location)];
                let response = Response::new(Status::PERMANENT_REDIRECT).headers(&fields);
                details.connection.make_response(response.body(b"")).await?;
                Ok(false)
            }
            Some(rest) => {
                details.uri.path = rest;
                Ok(true)
            }
        }
    }

    /// What of a path is behind the prefix: nothing, or a path. Segments are compared decoded.
    fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        let mut rest = path;
        for expected in self.segments() {
            let behind = rest.strip_prefix('/')?;
            let end = behind.find('/').unwrap_or(behind.len());
            let (segment, behind) = behind.split_at_checked(end)?;
            if PercentEncoded::path(segment) != *expected {
                return None;
            }
            rest = behind;
        }
        Some(rest)
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }
}

impl FromStr for Prefix {
    type Err = InvalidPath;

    /// Takes a path of one segment or more, each of letters, digits, `-`, `.`, `_` and `~`; a slash at its end is dropped.
    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_segment =
            |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved);
        let is_prefix = path.strip_prefix('/').is_some_and(|segments| segments.split('/').all(is_segment));
        if !is_prefix {
            let rule = "is no prefix, such as /docs: segments of letters, digits and -._~";
            return Err(InvalidPath(format!("{text:?} {rule}")));
        }
        Ok(Self(path.into()))
    }
}

impl Layer for Prefix {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        let path = details.uri.path;
        if !self.enter(details).await? {
            return Ok(());
        }
        let result = site.request_handler(details).await;
        details.uri.path = path;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_whole_segments_without_escapes() {
        for (text, prefix) in [("/a", "/a"), ("/a/", "/a"), ("/a/b.c/~d", "/a/b.c/~d"), ("/...", "/...")] {
            assert_eq!(text.parse::<Prefix>().map(|prefix| prefix.0).as_deref(), Ok(prefix));
        }
        for text in [
            "", "/", "//", "a", "a/", "/a//b", "//a", "/a//", "/.", "/a/..", "/a b", "/a%20b", "/a?b",
            "/a#b", "/é", "/a:b",
        ] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_prefix_is_compared_segment_by_segment() {
        let prefix: Prefix = "/a/b".parse().unwrap();
        for (path, rest) in [
            ("/a/b", Some("")),
            ("/a/b/", Some("/")),
            ("/%61/%62/c%2fd", Some("/c%2fd")),
            ("/a/b//c", Some("//c")),
            ("/a/bc", None),
            ("/a", None),
            ("/a/", None),
            ("/", None),
            ("//a/b/", None),
            ("/a%2fb/", None),
            ("/A/b/", None),
            ("/c/../a/b/", None),
        ] {
            assert_eq!(prefix.strip(path), rest, "{path}");
        }
    }
}
