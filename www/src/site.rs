//! Law: a path is matched as it means, not as it is spelled: what needs no escape may have one, and an escaped slash is no
//! slash (RFC 3986 section 6.2.2.2).

use bantam::wire::{Method, MethodSet, PercentEncoded, Status, Uri};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};

use crate::files::{self, File};
use crate::routes;

/// The site of the `www` folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Www;

/// What stands at a path.
enum Route {
    Page(usize),
    File(&'static File),
    /// The server as a whole: `OPTIONS *`.
    Server,
}

impl Route {
    fn at(path: &str) -> Option<Self> {
        if path == "*" {
            return Some(Self::Server);
        }
        let mut memory = [0; routes::LONGEST];
        let path = if path.contains('%') { plain(path, &mut memory)? } else { path.as_bytes() };
        routes::page(path).map(Self::Page).or_else(|| files::at(path).map(Self::File))
    }

    fn allow(&self) -> MethodSet {
        match self {
            Self::Page(number) => routes::ALLOW.get(*number).copied().unwrap_or_default(),
            Self::File(_) => MethodSet::of(&[Method::Get, Method::Head, Method::Options]),
            Self::Server => routes::ALL,
        }
    }
}

/// A path without its escapes; `None` if it is longer than any route, or would mean something else with them undone.
fn plain<'m>(path: &str, memory: &'m mut [u8]) -> Option<&'m [u8]> {
    let path = PercentEncoded::path(path.as_bytes());
    let slashes = path.raw().iter().filter(|byte| **byte == b'/').count();
    let plain = path.decode(memory)?;
    (plain.iter().filter(|byte| **byte == b'/').count() == slashes).then_some(plain)
}

impl Site for Www {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let route = Route::at(details.uri.path).ok_or(Rejection::NotFound)?;
        let allow = route.allow();
        if details.method == Method::Options {
            let response = Response::new(Status::NO_CONTENT);
            return details.connection.make_response(response.headers(&[("Allow", &allow.to_allow())])).await;
        }
        if !allow.contains(details.method) {
            return Err(Rejection::MethodNotAllowed(allow).into());
        }
        match route {
            Route::Page(number) => routes::call(number, details).await,
            Route::File(file) => file.answer(details).await,
            Route::Server => Err(Rejection::BadTarget.into()),
        }
    }

    fn knows(&self, uri: &Uri<'_>) -> bool {
        Route::at(uri.path).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Option<Route> {
        Route::at(path)
    }

    #[test]
    fn an_escape_that_is_not_needed_changes_nothing() {
        assert!(
            matches!((at("/index"), at("/%69nde%78")), (Some(Route::Page(a)), Some(Route::Page(b))) if a == b)
        );
        assert!(matches!(at("/%73tyle.css"), Some(Route::File(_))));
    }

    #[test]
    fn an_escaped_slash_is_no_slash() {
        assert!(at("/%2findex").is_none() && at("%2f").is_none() && at("/%2F").is_none());
    }

    #[test]
    fn the_index_is_the_folder_itself() {
        assert!(matches!((at("/"), at("/index")), (Some(Route::Page(a)), Some(Route::Page(b))) if a == b));
    }

    #[test]
    fn nothing_else_matches() {
        for path in
            ["", "/nothing", "/index/", "//", "/./", "/../index", "/%2e%2e/index", "/INDEX", "/index.rs"]
        {
            assert!(at(path).is_none(), "{path}");
        }
        assert!(at(&std::format!("/{}", "%41".repeat(5000))).is_none());
    }
}
