//! [`StaticFiles`]: a site of files that are part of the program, found by binary search.
//! Invariant: a path matches after percent-decoding, but an escaped slash is no slash (RFC 3986 section 6.2.2.2).

use core::cmp::Ordering;

use super::static_file::{Selected, StaticFile};
use crate::error::Rejection;
use crate::method::{Method, MethodSet};
use crate::page::connection::{Connection, Response};
use crate::page::details::RequestDetails;
use crate::page::site::Site;
use crate::wire::{PercentEncoded, Status};

/// How long a cache may use a file without asking again: the `Cache-Control` of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// `no-cache`: a cache asks each time and gets 304, so that it does not outlive a new version of the program.
    Revalidated,
    /// `public, max-age=31536000, immutable`: the path names the content, such as `/style.3fa9c1d2.css`.
    Immutable,
}

/// The files that are part of a program, as a [`Site`]: behind `..` or `USE` of [`routes!`](crate::routes), or behind
/// [`Site::or`]. The crate `bantam-build` makes one of a folder.
///
/// A file has GET, HEAD, ranges, conditional requests and content codings: see [`StaticFile`].
///
/// ```
/// use bantam::{Freshness, Representation, StaticFile, StaticFiles};
///
/// static STYLE: StaticFile = StaticFile::new(
///     "text/css",
///     &[Representation { coding: None, etag: "\"1\"", bytes: b"main { margin: auto }" }],
/// );
/// static FILES: StaticFiles = StaticFiles::new(&[("/style.css", Freshness::Revalidated, &STYLE)]);
/// # struct App;
/// # async fn home<C: bantam::Connection>(_: &App, _: &mut bantam::RequestDetails<'_, C>) -> Result<(), C::Error> { Ok(()) }
///
/// impl bantam::Site for App {
///     bantam::routes! {
///         GET "/" => home,
///         .. => |_| &FILES,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StaticFiles(&'static [Entry]);

/// A path, decoded, and its file.
type Entry = (&'static str, Freshness, &'static StaticFile);

const ALLOW: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options]);

impl StaticFiles {
    /// The files at these paths, which are decoded, begin with a slash and are sorted by their bytes.
    ///
    /// # Panics
    /// When a constant is evaluated: if the paths are not sorted, or one stands twice.
    #[must_use]
    pub const fn new(entries: &'static [Entry]) -> Self {
        let mut rest = entries;
        while let [first, behind @ ..] = rest {
            if let [next, ..] = behind {
                assert!(is_less(first.0.as_bytes(), next.0.as_bytes()), "the paths of files are sorted");
            }
            rest = behind;
        }
        Self(entries)
    }

    /// The entry of a path as it was sent.
    fn find(self, sent: &[u8]) -> Option<&'static Entry> {
        // Most paths have no escape: they are decoded as they stand.
        let is_plain = sent.iter().all(|byte| *byte != b'%');
        let order = |own: &[u8]| if is_plain { own.cmp(sent) } else { compare(own, sent) };
        let index = self.0.binary_search_by(|(own, ..)| order(own.as_bytes())).ok()?;
        self.0.get(index)
    }

    /// Returns true if there is a file for the path of a request: [`NoRoute`](Rejection::NoRoute) is not its answer.
    #[must_use]
    pub fn contains<C: Connection>(self, details: &RequestDetails<'_, C>) -> bool {
        self.find(details.rest_bytes()).is_some()
    }
}

impl Site for StaticFiles {
    fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            let Some((_, freshness, file)) = self.find(details.rest_bytes()) else {
                return Err(Rejection::NoRoute.into());
            };
            if !matches!(details.method, Method::Get | Method::Head) {
                return Err(Rejection::MethodNotAllowed(ALLOW).into());
            }
            let Selected { status, representation, body, content_range } =
                file.select(details.method, &details.headers);
            let cache_control = match freshness {
                Freshness::Revalidated => "no-cache",
                Freshness::Immutable => "public, max-age=31536000, immutable",
            };
            let fields = file.fields(status, representation, content_range.as_deref(), cache_control);
            let response = Response::new(status).sound_headers(&fields);
            let is_bodiless = status == Status::NOT_MODIFIED;
            let response = if is_bodiless { response } else { response.body(body) };
            details.connection.make_response(response).await
        }
    }
}

/// Compares a decoded path with one as it was sent.
fn compare(own: &[u8], sent: &[u8]) -> Ordering {
    let mut bytes = PercentEncoded::path(sent).bytes();
    for byte in own {
        let is_escape = bytes.rest().first() == Some(&b'%');
        match bytes.next() {
            None => return Ordering::Greater,
            // An escaped slash is in no path: it is greater than every byte.
            Some(b'/') if is_escape => return Ordering::Less,
            Some(other) if other != *byte => return byte.cmp(&other),
            Some(_) => {}
        }
    }
    if bytes.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

const fn is_less(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, after_a @ ..], [y, after_b @ ..]) = (a, b) {
        if *x != *y {
            return *x < *y;
        }
        (a, b) = (after_a, after_b);
    }
    a.is_empty() && !b.is_empty()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::vec::Vec;

    use super::*;
    use crate::page::files::Representation;

    static FILE: StaticFile =
        StaticFile::new("a/b", &[Representation { coding: None, etag: "\"e\"", bytes: b"" }]);

    macro_rules! entries {
        ($($path:literal)*) => { &[$(($path, Freshness::Revalidated, &FILE)),*] };
    }

    static FILES: StaticFiles = StaticFiles::new(entries!("/" "/a" "/a.css" "/a/b" "/ab" "/b~" "/\u{e9}"));

    #[test]
    fn every_path_is_found_decoded_and_no_other() {
        for (path, ..) in FILES.0 {
            assert_eq!(FILES.find(path.as_bytes()).map(|entry| entry.0), Some(*path));
            let escaped: std::string::String = path
                .bytes()
                .skip(1)
                .map(|byte| match byte {
                    b'/' => std::string::String::from("/"),
                    byte => std::format!("%{byte:02X}"),
                })
                .collect();
            assert_eq!(FILES.find(std::format!("/{escaped}").as_bytes()).map(|entry| entry.0), Some(*path));
        }
        for path in
            ["", "*", "//", "/a/", "/a%2Fb", "%2fa", "%2F", "/b", "/A", "/a.cs", "/a.css/", "/%C3", "/b~~"]
        {
            assert!(FILES.find(path.as_bytes()).is_none(), "{path}");
        }
    }

    #[test]
    fn the_order_of_a_sent_path_is_that_of_its_bytes() {
        let paths: Vec<&str> = FILES.0.iter().map(|entry| entry.0).collect();
        for a in &paths {
            for b in &paths {
                assert_eq!(compare(a.as_bytes(), b.as_bytes()), a.cmp(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn paths_that_are_not_sorted_or_stand_twice_are_refused() {
        static TABLES: [&[Entry]; 3] = [entries!("/b" "/a"), entries!("/a" "/a"), entries!("/ab" "/a")];
        for table in TABLES {
            assert!(catch_unwind(|| StaticFiles::new(table)).is_err(), "{table:?}");
        }
    }
}
