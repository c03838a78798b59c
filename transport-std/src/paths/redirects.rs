//! `Redirects`: the layer that redirects some paths.
//!
//! Invariant: no request is sent around in a circle by redirects of one set alone, and what it is sent to was written by the
//! operator, but for the rest of a path and a query.

use std::collections::HashMap;

use bantam::{Connection, Layer, RequestDetails, Response, Site};

use super::circle;
use super::invalid::InvalidPath;
use super::normal::normal;
use super::redirect::Redirect;

/// Redirects, as a layer of any site ([`Site::layer`]): requests with any method for these paths do not reach the site.
///
/// The whole path is compared, decoded segment by segment: `/%6fld` is `/old`, and `/old/` is another. The exact path comes
/// first, then the longest that all below is redirected of. The query of a request is kept. A request is not redirected, and
/// reaches the site, if a segment of its path is empty, `.`, `..`, or has an encoded slash, a backslash or a control character: such
/// a rest could name another host.
///
/// ```
/// use bantam::{Connection, RequestDetails, Site};
/// use bantam_std::{Redirect, Redirects};
///
/// struct App;
/// # impl Site for App {
/// #     async fn request_handler<C: Connection>(&self, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> { Ok(()) }
/// # }
///
/// let moved: Vec<Redirect> = vec!["/about.php=/about".parse()?, "/blog/*=https://blog.example.org/*".parse()?];
/// let site = App.layer(Redirects::new(moved)?);
/// # let _ = site;
/// # Ok::<(), bantam_std::InvalidPath>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Redirects {
    all: Vec<Redirect>,
    /// The numbers of those of one path, and of those of all below one.
    exact: HashMap<Vec<u8>, usize>,
    below: HashMap<Vec<u8>, usize>,
}

impl Redirects {
    /// # Errors
    /// [`InvalidPath`] if a path has two targets, if redirects lead in a circle or may do so with some rest, or if one leads to more
    /// than 20 in a row, which browsers do not follow. Whether a URL, or the site, leads back is not known.
    pub fn new(redirects: impl IntoIterator<Item = Redirect>) -> Result<Self, InvalidPath> {
        let mut set = Self { all: redirects.into_iter().collect(), ..Self::default() };
        for (number, redirect) in set.all.iter().enumerate() {
            let paths = if redirect.is_below { &mut set.below } else { &mut set.exact };
            if paths.insert(redirect.from.clone(), number).is_some() {
                return Err(InvalidPath(format!("{} is redirected twice", shown(redirect))));
            }
        }
        let found = circle::find(&set.all, |path| set.next(path))
            .and_then(|(number, what)| Some((set.all.get(number)?, what)));
        if let Some((redirect, what)) = found {
            return Err(InvalidPath(format!("{} {what}", shown(redirect))));
        }
        Ok(set)
    }

    /// The redirect of a path in the form of [`normal`], and how many of its slashes are before the rest.
    fn find(&self, path: &[u8]) -> Option<(usize, usize)> {
        if let Some(number) = self.exact.get(path) {
            return Some((*number, usize::MAX));
        }
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let ends: Vec<usize> = slashes.take(if self.below.is_empty() { 0 } else { usize::MAX }).collect();
        let found = |(count, end): (usize, &usize)| {
            let number = self.below.get(path.get(..=*end)?)?;
            Some((*number, count + 1))
        };
        ends.iter().enumerate().rev().find_map(found)
    }

    /// Where a path leads, both in the form of [`normal`]. `None` if it is not redirected, or to a URL.
    fn next(&self, path: &[u8]) -> Option<Vec<u8>> {
        let redirect = self.all.get(self.find(path)?.0)?;
        let rest = path.get(redirect.from.len()..).filter(|_| redirect.carries_rest);
        Some([redirect.own.as_deref()?, rest.unwrap_or_default()].concat())
    }
}

/// The path of a redirect, for a sentence.
fn shown(redirect: &Redirect) -> String {
    format!("{}{}", String::from_utf8_lossy(&redirect.from), if redirect.is_below { "*" } else { "" })
}

impl Layer for Redirects {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        let path = details.uri.path;
        let found = normal(path).and_then(|form| self.find(&form));
        let redirect = found.and_then(|(number, slashes)| Some((self.all.get(number)?, slashes)));
        let Some((redirect, slashes)) = redirect else { return site.request_handler(details).await };
        let rest = path.splitn(slashes.saturating_add(1), '/').nth(slashes).unwrap_or_default();
        let location = redirect.location(rest, details.uri.query);
        let fields = [("Location", &*location)];
        let response = Response::new(redirect.status).headers(&fields);
        details.connection.make_response(response.body(b"")).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rules: &[&str]) -> Result<Redirects, InvalidPath> {
        Redirects::new(
            rules.iter().map(|rule| rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"))),
        )
    }

    fn target(set: &Redirects, path: &str) -> Option<String> {
        let (number, _) = set.find(&normal(path)?)?;
        Some(shown(&set.all[number]))
    }

    #[test]
    fn the_exact_path_comes_first_and_then_the_longest() {
        let set = set(&["/a/*=/x", "/a/b=/y", "/a/b/*=/z", "/c%20d=/x", "/=/x", "/e/=/x"]).unwrap();
        for (path, found) in [
            ("/a", None),
            ("/a/", Some("/a/*")),
            ("/a/c", Some("/a/*")),
            ("/a/b", Some("/a/b")),
            ("/a/%62", Some("/a/b")),
            ("/a/b/", Some("/a/b/*")),
            ("/a/b/c/d", Some("/a/b/*")),
            ("/c d", Some("/c d")),
            ("/c%20d", Some("/c d")),
            ("/c%20d/", None),
            ("/", Some("/")),
            ("/e", None),
            ("/e/", Some("/e/")),
            ("/a//c", None),
            ("/a/../b", None),
            ("*", None),
        ] {
            assert_eq!(target(&set, path).as_deref(), found, "{path}");
        }
    }

    #[test]
    fn a_circle_is_refused_and_a_chain_is_not() {
        for rules in [
            &["/a=/a"][..],
            &["/a=/a?b=c"],
            &["/a=/a#b"],
            &["/a=/%61"],
            &["/a=/b", "/b=/a"],
            &["/a=/b", "/b=/c=302", "/c=/a"],
            &["/x=/a", "/a=/b", "/b=/a"],
            &["/a/*=/a/index"],
            &["/a/*=/a/b/*"],
            &["/*=/maintenance"],
            &["/*=/*"],
            &["/a/*=/b/*", "/b/c=/a/c"],
            &["/a/*=/b/*", "/b/*=/a/*"],
            &["/a/*=/b/*", "/b/c/*=/a/c/c/*"],
            &["/a/*=/b/*", "/b/=/c", "/b/*=/a/x"],
            &["/a/*=/bb/*", "/bb/*=/c/*", "/c/*=/a/*"],
        ] {
            let error = set(rules).unwrap_err().to_string();
            assert!(error.ends_with(" into a circle"), "{rules:?}: {error}");
        }
        let chain = |count| (0..count).map(|number| format!("/{number}=/{}", number + 1)).collect::<Vec<_>>();
        let of = |rules: Vec<String>| set(&rules.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(of(chain(20)).is_ok());
        assert_eq!(of(chain(21)).unwrap_err().to_string(), "/0 leads to more than 20 redirects in a row");
        for rules in [
            &[][..],
            &["/a=/b", "/b=/c", "/c=/d"],
            &["/a=/b", "/c=/b"],
            &["/a/*=/a"],
            &["/a=/a/"],
            // Each makes a path shorter, if it takes it at all.
            &["/a/*=/*"],
            &["/a/*=/*", "/old=/a/index"],
            &["/a/b/*=/a/*"],
            &["/a/*=/b/*", "/b/c/*=/a/*"],
            &["/a/*=/b/index", "/b/=/b/index"],
            &["/a/*=/b/*", "/b/c=/d"],
            &["/*=https://a.example/*"],
            &["/*=/old/index", "/old/index=https://a.example/"],
        ] {
            assert!(set(rules).is_ok(), "{rules:?}");
        }
        assert_eq!(set(&["/a=/b", "/%61=/c"]).unwrap_err().to_string(), "/a is redirected twice");
        assert_eq!(set(&["/x=/a", "/a=/b", "/b=/a"]).unwrap_err().to_string(), "/x leads into a circle");
    }
}
