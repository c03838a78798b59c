//! `ResolveClient`: sets the client's address for a site and for an observer.
//!
//! Invariant: a page and the access log see the same address.

use std::sync::Arc;

use bantam::{Connection, Layer, RequestDetails, Site};

use super::trusted::TrustedProxies;
use crate::access::observer::{AccessRecord, Observer, Observes, RejectedConnection};

/// Replaces the peer's address by the one that trusted proxies state: the layer of a site, or an observer around another.
#[derive(Clone, Debug)]
pub(crate) struct ResolveClient<I = ()> {
    pub(crate) inner: I,
    /// `None`: header fields are not read.
    pub(crate) proxies: Option<Arc<TrustedProxies>>,
}

impl Layer for ResolveClient {
    // Returns the future of the site: one around it would add its own size to every request.
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        if let Some(proxies) = &self.proxies {
            details.client_address = proxies.client_addr(details.client_address, &details.headers);
        }
        site.request_handler(details)
    }
}

impl Observer for ResolveClient<Arc<dyn Observer>> {
    fn observes(&self) -> Observes {
        self.inner.observes()
    }

    fn on_response(&self, access: &AccessRecord<'_>) {
        let client = match &self.proxies {
            Some(proxies) => proxies.client_addr(access.client, &access.record.headers()),
            None => access.client,
        };
        self.inner.on_response(&AccessRecord { client, ..*access });
    }

    fn needs_duration(&self) -> bool {
        self.inner.needs_duration()
    }

    fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        self.inner.on_rejected(access, why);
    }
}
