//! [`Compress`] as a layer: it puts a connection that compresses between the pages below it and theirs.

use std::cell::Cell;

use bantam::wire::Method;
use bantam::{Connection, Fields, Layer, RequestDetails, Site};

use super::coding::{Coding, FOR_PAGES, asks_for_range};
use super::connection::CompressedConnection;
use super::decision;
use super::erased::{Erased, restored};
use super::settings::Compress;

/// Compresses the responses of the pages below it. What layers outside of it add is not looked at.
impl Layer for Compress {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        let coding = Coding::choose(&details.headers, FOR_PAGES);
        let Some(coding) = coding.filter(|_| !asks_for_range(details.method, &details.headers)) else {
            return site.request_handler(details).await;
        };
        // Boxed: what is held across an await is memory of every connection.
        Box::pin(async {
            let (failed, mut erased, mut place) = (Cell::new(None), None, None);
            let is_head = details.method == Method::Head;
            let mut wrapped = details.wrapped(&mut place, |inner| {
                let inner = erased.insert(Erased { inner, failed: &failed });
                CompressedConnection::new(inner, self, coding, is_head)
            });
            let result = site.request_handler(&mut wrapped).await;
            let result = wrapped.connection.finish(result).await;
            result.map_err(|error| restored::<C>(error, &failed))
        })
        .await
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        decision::decide(fields);
    }
}
