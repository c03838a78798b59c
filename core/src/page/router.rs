//! The router behind [`routes!`](crate::routes): the search for the route of a request.
//! Invariant: the first route that fits is taken; a path that fits with other methods only is refused with all of them.

use core::future::Future;

use super::connection::Connection;
use super::details::RequestDetails;
pub use super::failure::PageFailure;
use super::routes::{Matched, walk};
pub use super::routes::{Route, check};
pub use super::signature::{Page, page};
use super::site::Site;
pub use super::trail::{ROUTE, Trail};
use crate::error::Rejection;
use crate::method::{Method, MethodSet};

/// Finds the route of a request, and records it in `details`. Returns its number.
///
/// # Errors
/// [`Rejection::NoRoute`]; [`Rejection::MethodNotAllowed`] with the methods of all routes that fit the path, for OPTIONS, too,
/// which the core answers with them.
pub fn find<C: Connection>(
    routes: &'static [Route],
    details: &mut RequestDetails<'_, C>,
) -> Result<usize, Rejection> {
    search(routes, details.method, details.uri.path, &mut details.matched)
}

fn search(
    routes: &'static [Route],
    method: Method<'_>,
    path: &str,
    matched: &mut Matched,
) -> Result<usize, Rejection> {
    let rest = matched.rest(path);
    let mut allowed = MethodSet::of(&[]);
    for (number, route) in routes.iter().enumerate() {
        let pattern = route.pattern.as_bytes();
        // The first byte of most segments tells, in half of the instructions.
        let fits = match (pattern, rest) {
            ([_, expected, ..], [_, byte, ..]) if byte != expected && *expected != b'{' && *byte != b'%' => {
                false
            }
            _ => match walk(pattern, rest) {
                Some([]) => true,
                Some([b'/', ..]) => route.is_mount(),
                _ => false,
            },
        };
        // RFC 9112 section 3.2.4: the asterisk asks for the server as a whole.
        if fits && (route.is_mount() || route.methods.contains(method)) {
            return if matched.push(route) { Ok(number) } else { Err(Rejection::NoRoute) };
        }
        if fits || rest == b"*" {
            allowed = allowed.with(route.methods);
        }
    }
    if allowed.is_empty() {
        return Err(Rejection::NoRoute);
    }
    Err(Rejection::MethodNotAllowed(allowed.with(MethodSet::of(&[Method::Options]))))
}

/// The site that `select` chooses of `app`. A function, so that the type of the closure's argument is known.
pub fn mount<'a, A: ?Sized, S: Site>(app: &'a A, select: impl FnOnce(&'a A) -> &'a S) -> &'a S {
    select(app)
}

/// Passes a request on to the site that is mounted at the route `number`.
pub fn pass<C: Connection, S: Site>(
    site: &S,
    details: &mut RequestDetails<'_, C>,
    number: u8,
) -> impl Future<Output = Result<(), C::Error>> {
    details.choose(ROUTE, number);
    site.request_handler(details)
}
