//! Law: a page and the log hear of the same client.

use std::sync::Arc;

use bantam::wire::Uri;
use bantam::{Connection, RequestDetails, Site};

use super::TrustedProxies;
use crate::access::observer::{AccessRecord, Observer};

/// A site, or an observer, that is told who the client is by those who are trusted.
#[derive(Clone, Debug)]
pub(crate) struct ResolveClient<I> {
    pub(crate) inner: I,
    /// Nobody is trusted where there are none.
    pub(crate) proxies: Option<Arc<TrustedProxies>>,
}

impl<S: Site> Site for ResolveClient<S> {
    // Not a future around the page's: it would cost every request its size.
    fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        if let Some(proxies) = &self.proxies {
            details.client_address = proxies.client(details.client_address, &details.headers);
        }
        self.inner.request_handler(details)
    }

    fn has_route(&self, uri: &Uri<'_>) -> bool {
        self.inner.has_route(uri)
    }
}

impl Observer for ResolveClient<Arc<dyn Observer>> {
    fn on_response(&self, answer: &AccessRecord<'_>) {
        let known = |proxies: &Arc<TrustedProxies>| proxies.client(answer.client, &answer.record.headers());
        let client = self.proxies.as_ref().map_or(answer.client, known);
        self.inner.on_response(&AccessRecord { client, ..*answer });
    }

    fn needs_duration(&self) -> bool {
        self.inner.needs_duration()
    }

    fn on_rejected(&self) {
        self.inner.on_rejected();
    }
}
