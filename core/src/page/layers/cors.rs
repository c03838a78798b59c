//! [`Cors`]: cross-origin access to a site, as a layer (the Fetch standard, "CORS protocol").
//! Invariant: only the response to an allowed origin names it, and a response that depends on the origin says so in `Vary`.

use core::future::Future;

use crate::method::{Method, MethodSet};
use crate::page::connection::{Connection, Response};
use crate::page::details::RequestDetails;
use crate::page::fields::Fields;
use crate::page::site::{Layer, Site};
use crate::slice::ascii_str;
use crate::wire::{Headers, Status, decimal_digits};

/// The origins whose scripts may read responses.
pub trait Origins {
    /// Returns true if this origin is one of them: its scheme, host and port as a browser sends them, such as `https://example.org`
    /// or `http://localhost:3000`; `null` for one that is hidden. A set that contains `*` contains every origin.
    fn contains(&self, origin: &str) -> bool;
}

impl<S: AsRef<str>> Origins for [S] {
    fn contains(&self, origin: &str) -> bool {
        self.iter().any(|other| other.as_ref() == origin)
    }
}

impl<S: AsRef<str>, const N: usize> Origins for [S; N] {
    fn contains(&self, origin: &str) -> bool {
        Origins::contains(&self[..], origin)
    }
}

impl<O: Origins + ?Sized> Origins for &O {
    fn contains(&self, origin: &str) -> bool {
        (**self).contains(origin)
    }
}

/// Lets scripts of other origins use the site below ([`Site::layer`]).
///
/// A preflight request, which is OPTIONS with `Origin` and `Access-Control-Request-Method`, is answered 204 before the site is asked:
/// it has no credentials (the Fetch standard, "CORS-preflight fetch"), so that this layer stands outside of one that asks for a password.
/// To it and to every other response, refusals included, the layer adds the fields of CORS for an allowed origin, and `Vary: Origin`
/// unless all are allowed. Fields that a page has set itself stay.
///
/// ```
/// use bantam::layers::Cors;
/// use bantam::{Connection, RequestDetails, Response, Site, wire::{Method, MethodSet, Status}};
///
/// struct Notes;
/// # impl Site for Notes {
/// #     async fn request_handler<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
/// #         details.connection.make_response(Response::new(Status::OK).body(b"a note")).await
/// #     }
/// # }
///
/// const CORS: Cors<[&str; 2]> = Cors::new(["https://example.org", "http://localhost:3000"])
///     .methods(MethodSet::of(&[Method::Put, Method::Delete]))
///     .headers("Authorization, Content-Type");
/// let site = Notes.layer(CORS);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cors<O> {
    origins: O,
    methods: MethodSet,
    headers: &'static str,
    exposed: &'static str,
    credentials: bool,
    max_age: u32,
}

impl<O> Cors<O> {
    /// Allows GET, HEAD and POST, with the header fields that need no permission, and without credentials. A browser may
    /// remember a preflight response for two hours.
    #[must_use]
    pub const fn new(origins: O) -> Self {
        let methods = MethodSet::of(&[Method::Get, Method::Head, Method::Post]);
        Self { origins, methods, headers: "", exposed: "", credentials: false, max_age: 7200 }
    }

    /// Sets the methods that scripts may use beside GET, HEAD and POST, which need no permission.
    #[must_use]
    pub const fn methods(mut self, methods: MethodSet) -> Self {
        self.methods = methods;
        self
    }

    /// Sets the names of the request fields that scripts may send beside those that need no permission, with commas between them.
    #[must_use]
    pub const fn headers(mut self, names: &'static str) -> Self {
        self.headers = names;
        self
    }

    /// Sets the names of the response fields that scripts may read beside those that need no permission, with commas between them.
    #[must_use]
    pub const fn exposed(mut self, names: &'static str) -> Self {
        self.exposed = names;
        self
    }

    /// Sets whether scripts may send cookies and stored passwords, and read the responses. The origins have to be named for that: browsers
    /// refuse credentials where `*` is allowed.
    #[must_use]
    pub const fn credentials(mut self, credentials: bool) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sets how long a browser may remember a preflight response, in seconds.
    #[must_use]
    pub const fn max_age(mut self, seconds: u32) -> Self {
        self.max_age = seconds;
        self
    }

    /// Adds what only the response to a preflight request has.
    fn permit(&self, fields: &mut Fields<'_>) {
        fields.add_if_absent("Access-Control-Allow-Methods", &self.methods.to_allow());
        if !self.headers.is_empty() {
            fields.add_if_absent("Access-Control-Allow-Headers", self.headers);
        }
        let seconds = &mut [b'0'; 20];
        fields
            .add_if_absent("Access-Control-Max-Age", ascii_str(decimal_digits(seconds, self.max_age.into())));
    }
}

impl<O: Origins> Layer for Cors<O> {
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            if is_preflight(details.method, &details.headers) {
                return details.connection.make_response(Response::new(Status::NO_CONTENT)).await;
            }
            site.request_handler(details).await
        }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        let Some(request) = fields.request() else { return };
        let allows_all = self.origins.contains("*");
        if !allows_all {
            fields.append("Vary", "Origin");
        }
        let origin = request.headers.text("origin").filter(|origin| self.origins.contains(origin));
        let Some(origin) = (if allows_all { Some("*") } else { origin }) else { return };
        fields.add_if_absent("Access-Control-Allow-Origin", origin);
        if self.credentials && !allows_all {
            fields.add_if_absent("Access-Control-Allow-Credentials", "true");
        }
        if is_preflight(request.method, &request.headers) {
            self.permit(fields);
        } else if !self.exposed.is_empty() {
            fields.add_if_absent("Access-Control-Expose-Headers", self.exposed);
        }
    }
}

fn is_preflight(method: Method<'_>, headers: &Headers<'_>) -> bool {
    method == Method::Options
        && headers.first("origin").is_some()
        && headers.first("access-control-request-method").is_some()
}
