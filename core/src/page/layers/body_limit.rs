//! [`BodyLimit`]: the longest body of a request to one site.

use core::future::Future;

use crate::page::connection::Connection;
use crate::page::details::RequestDetails;
use crate::page::site::{Layer, Site};

/// Refuses the bodies of requests to a site with 413 if they are longer than a number of bytes: at once where `Content-Length` says
/// so, and by counting where a body is chunked. It lowers [`ConnectionState::body_limit`](crate::ConnectionState::body_limit) and never
/// raises it.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(u64);

impl BodyLimit {
    /// `limit`: the longest body, in bytes without its chunks.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self(limit)
    }
}

impl Layer for BodyLimit {
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        async move {
            details.connection.limit_body(self.0)?;
            site.request_handler(details).await
        }
    }
}
