//! [`Site`]: the pages of a server, and how two sets of pages become one.

use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::connection::Connection;
use super::details::RequestDetails;
use super::fields::Fields;
use super::trail::{SIDE, Trail};
use crate::error::{PageError as _, Rejection};
use crate::wire::Status;

/// A set of pages: what other frameworks call a service or a handler. One value serves all connections.
#[doc(alias("service", "handler"))]
#[allow(async_fn_in_trait, unused_variables, reason = "as in `Connection`")]
pub trait Site {
    /// Answers one request. Where it fails before a part of its response has been written, the core responds instead:
    /// with the status of a [`Rejection`](crate::Rejection), or with 500. Dropping its future ends the connection.
    ///
    /// # Errors
    /// What the calls of the connection fail with, and a rejection by the page itself.
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error>;

    /// Answers a request that was refused or whose page failed: makes the response, with its body in the form of this site, such as
    /// HTML or `application/problem+json`. `reason` is one sentence. It is called for rejections by a page and by the routes, and for
    /// a page's failure (500), where nothing of a response has been written; the request's body may have been read. The core adds
    /// `Allow` to a 405 and the fields of a [`Refusal`](crate::Refusal). Of sites below each other the innermost one that makes a response
    /// answers. An observer gets the fault. A request whose head was refused has no details, and gets the response of the core.
    ///
    /// Default: makes no response, and the core responds with a short page of HTML; with the feature `problem-json` it responds with
    /// `application/problem+json` (RFC 9457) for a client that prefers JSON to HTML:
    /// see [`Headers::prefers_json`](crate::wire::Headers::prefers_json).
    ///
    /// # Errors
    /// As for [`Self::request_handler`]. The core then responds.
    fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        NotAnswered(PhantomData)
    }

    /// Adds fields to every response: of a page, a refusal, the core's own to OPTIONS. It is called when the head is made, so that it
    /// cannot wait. Default: adds none.
    ///
    /// A head that was not understood has no request in `fields`. The 503 of [`reject`](crate::reject), by which a connection is not
    /// served at all, has no fields of a site.
    fn fields(&self, fields: &mut Fields<'_>) {}

    /// [`Self::fields`] of the sites along a trail, the innermost first.
    #[doc(hidden)]
    fn fields_along(&self, trail: Trail, fields: &mut Fields<'_>) {
        self.fields(fields);
    }

    /// [`Self::refused`] of the sites along a trail, the innermost first, until one has made a response.
    #[doc(hidden)]
    fn refused_along<C: Connection>(
        &self,
        trail: Trail,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        self.refused(details, status, reason)
    }

    /// This site, and `other` for every request that this site refuses with [`Rejection::NoRoute`]: it asks this one, and the
    /// other once if this one has nothing.
    fn or<S: Site>(self, other: S) -> Or<Self, S>
    where
        Self: Sized,
    {
        Or { first: self, second: other }
    }

    /// This site below `layer`, which sees each request before it and each response after it.
    fn layer<L: Layer>(self, layer: L) -> Layered<L, Self>
    where
        Self: Sized,
    {
        Layered { layer, site: self }
    }
}

/// The future of a site that leaves the response to others. It has no size, so that the core needs no code for it.
struct NotAnswered<E>(PhantomData<E>);

impl<E> Future for NotAnswered<E> {
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(()))
    }
}

/// What a site is wrapped in ([`Site::layer`]): it sees each request before the site, and each response after it. Everything else of
/// the site is passed on by [`Layered`], so that a layer cannot forget it.
///
/// ```
/// use bantam::{Connection, Fields, Layer, Refusal, RequestDetails, Site, wire::Status};
///
/// /// Lets in the requests that have the word.
/// struct Password(&'static str);
///
/// static LOGIN: Refusal = Refusal::new(Status::UNAUTHORIZED).fields(&[("WWW-Authenticate", "Bearer")]);
///
/// impl Layer for Password {
///     async fn handle<C: Connection, S: Site>(
///         &self,
///         details: &mut RequestDetails<'_, C>,
///         site: &S,
///     ) -> Result<(), C::Error> {
///         let word = details.headers.first("authorization").and_then(|value| value.strip_prefix(b"Bearer "));
///         if word != Some(self.0.as_bytes()) {
///             return Err(details.refuse(&LOGIN));
///         }
///         site.request_handler(details).await
///     }
///
///     fn fields(&self, fields: &mut Fields<'_>) {
///         fields.set("Cache-Control", "private");
///     }
/// }
/// ```
#[allow(unused_variables, reason = "the defaults ignore their arguments")]
pub trait Layer {
    /// Passes a request on to the site below, or answers it. Default: passes it on.
    ///
    /// # Errors
    /// As for [`Site::request_handler`].
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        site.request_handler(details)
    }

    /// Adds fields to every response, after those of the site: see [`Site::fields`]. Default: adds none.
    fn fields(&self, fields: &mut Fields<'_>) {}
}

impl<L: Layer> Layer for &L {
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        (**self).handle(details, site)
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        (**self).fields(fields);
    }
}

/// A site below a layer: see [`Site::layer`].
#[derive(Clone, Copy, Debug)]
pub struct Layered<L, S> {
    layer: L,
    site: S,
}

impl<L: Layer, S: Site> Site for Layered<L, S> {
    fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        self.layer.handle(details, &self.site)
    }

    fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        self.site.refused(details, status, reason)
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        self.site.fields(fields);
        self.layer.fields(fields);
    }

    fn fields_along(&self, trail: Trail, fields: &mut Fields<'_>) {
        self.site.fields_along(trail, fields);
        self.layer.fields(fields);
    }

    fn refused_along<C: Connection>(
        &self,
        trail: Trail,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        self.site.refused_along(trail, details, status, reason)
    }
}

impl<S: Site> Site for &S {
    fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        (**self).request_handler(details)
    }

    fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        (**self).refused(details, status, reason)
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        (**self).fields(fields);
    }

    fn fields_along(&self, trail: Trail, fields: &mut Fields<'_>) {
        (**self).fields_along(trail, fields);
    }

    fn refused_along<C: Connection>(
        &self,
        trail: Trail,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        (**self).refused_along(trail, details, status, reason)
    }
}

/// Two sites as one: see [`Site::or`]. What adds fields is the site that was asked last; it also makes the response to a refusal, and the
/// other one where it makes none.
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B> {
    first: A,
    second: B,
}

impl<A: Site, B: Site> Site for Or<A, B> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (depth, trail) = (details.matched.depth(), details.connection.trail().map(|trail| *trail));
        details.choose(SIDE, 0);
        match self.first.request_handler(details).await {
            Err(error)
                if error.rejection() == Some(Rejection::NoRoute)
                    && !details.connection.response_already_made() =>
            {
                details.matched.truncate(depth);
                if let (Some(place), Some(trail)) = (details.connection.trail(), trail) {
                    *place = trail;
                }
                details.choose(SIDE, 1);
                self.second.request_handler(details).await
            }
            result => result,
        }
    }

    /// Each site stands in for the other, where that makes no response; the first is asked first about what neither has been asked for.
    async fn refused_along<C: Connection>(
        &self,
        trail: Trail,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> Result<(), C::Error> {
        let (choice, mut trail) = trail.next(SIDE);
        let mut is_second = choice == Some(1);
        for _ in 0..2 {
            if is_second {
                self.second.refused_along(trail, details, status, reason).await?;
            } else {
                self.first.refused_along(trail, details, status, reason).await?;
            }
            if details.connection.response_already_made() {
                break;
            }
            (is_second, trail) = (!is_second, Trail::NONE);
        }
        Ok(())
    }

    fn fields_along(&self, trail: Trail, fields: &mut Fields<'_>) {
        match trail.next(SIDE) {
            (Some(1), rest) => self.second.fields_along(rest, fields),
            (_, rest) => self.first.fields_along(rest, fields),
        }
    }
}
