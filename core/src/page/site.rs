//! [`Site`]: the pages of a server, and how two sets of pages become one.

use super::connection::Connection;
use super::details::RequestDetails;
use crate::error::{PageError, Rejection};

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

    /// This site, and `other` for every request that this site refuses with [`Rejection::NoRoute`]: it asks this one, and the
    /// other once if this one has nothing.
    fn or<S: Site>(self, other: S) -> Or<Self, S>
    where
        Self: Sized,
    {
        Or { first: self, second: other }
    }
}

impl<S: Site> Site for &S {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        (**self).request_handler(details).await
    }
}

/// Two sites as one: see [`Site::or`].
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
        let depth = details.matched.depth();
        match self.first.request_handler(details).await {
            Err(error)
                if error.rejection() == Some(Rejection::NoRoute)
                    && !details.connection.response_already_made() =>
            {
                details.matched.truncate(depth);
                self.second.request_handler(details).await
            }
            result => result,
        }
    }
}
