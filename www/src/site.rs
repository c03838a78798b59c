//! The router of the site: finds the page or file of a path.
//! Invariant: a path matches after percent-decoding, but an escaped slash is no slash (RFC 3986 section 6.2.2.2).

use bantam::wire::{Method, MethodSet, PercentEncoded};
use bantam::{Connection, Rejection, RequestDetails, Site};

use crate::files::{self, StaticFile};
use crate::routes;

/// The site of the folder `www`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Www;

/// The target of a path.
enum Route {
    Page(usize),
    File(&'static StaticFile),
    /// `OPTIONS *` (RFC 9112 section 3.2.4).
    Asterisk,
}

impl Route {
    fn find(path: &str) -> Option<Self> {
        if path == "*" {
            return Some(Self::Asterisk);
        }
        let mut memory = [0; routes::MAX_PATH];
        let path = if path.contains('%') { decode_path(path, &mut memory)? } else { path.as_bytes() };
        routes::find_page(path).map(Self::Page).or_else(|| files::find(&routes::FILES, path).map(Self::File))
    }

    fn allow(&self) -> MethodSet {
        match self {
            Self::Page(number) => routes::ALLOW.get(*number).copied().unwrap_or_default(),
            Self::File(_) => MethodSet::of(&[Method::Get, Method::Head, Method::Options]),
            Self::Asterisk => routes::ALL_METHODS,
        }
    }
}

/// Decodes a path. Returns `None` if it does not fit `memory` or has an escaped slash.
fn decode_path<'m>(path: &str, memory: &'m mut [u8]) -> Option<&'m [u8]> {
    let path = PercentEncoded::path(path);
    let slashes = path.raw().iter().filter(|byte| **byte == b'/').count();
    let decoded = path.decode(memory)?;
    (decoded.iter().filter(|byte| **byte == b'/').count() == slashes).then_some(decoded)
}

impl Site for Www {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let route = Route::find(details.uri.path).ok_or(Rejection::NoRoute)?;
        let allow = route.allow();
        // The core answers OPTIONS with what is allowed.
        if details.method == Method::Options || !allow.contains(details.method) {
            return Err(Rejection::MethodNotAllowed(allow).into());
        }
        match route {
            Route::Page(number) => routes::call_page(number, details).await,
            Route::File(file) => file.respond(details).await,
            Route::Asterisk => Err(Rejection::BadTarget.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_decoded_and_the_index_is_the_folder_itself() {
        for (path, same) in [("/index", "/%69nde%78"), ("/", "/index")] {
            let pages = (Route::find(path), Route::find(same));
            assert!(matches!(pages, (Some(Route::Page(a)), Some(Route::Page(b))) if a == b), "{path}");
        }
        assert!(matches!(Route::find("/%73tyle.css"), Some(Route::File(_))));
    }

    #[test]
    fn an_escaped_slash_is_no_slash() {
        for path in ["/%2findex", "%2f", "/%2F"] {
            assert!(Route::find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn nothing_else_matches() {
        for path in
            ["", "/nothing", "/index/", "//", "/./", "/../index", "/%2e%2e/index", "/INDEX", "/index.rs"]
        {
            assert!(Route::find(path).is_none(), "{path}");
        }
        assert!(Route::find(&std::format!("/{}", "%41".repeat(5000))).is_none());
    }
}
