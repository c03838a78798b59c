//! Law: a page and the log hear of the same client.

use std::sync::Arc;

use bantam::wire::Uri;
use bantam::{Connection, RequestDetails, Site};

use super::Proxies;
use crate::access::observer::{Answer, Observer};

/// A site, or an observer, that is told who the client is by those who are trusted.
#[derive(Clone, Debug)]
pub(crate) struct Believer<I> {
    pub(crate) inner: I,
    /// Nobody is trusted where there are none.
    pub(crate) proxies: Option<Arc<Proxies>>,
}

impl<S: Site> Site for Believer<S> {
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

    fn knows(&self, uri: &Uri<'_>) -> bool {
        self.inner.knows(uri)
    }
}

impl Observer for Believer<Arc<dyn Observer>> {
    fn answered(&self, answer: &Answer<'_>) {
        let known = |proxies: &Arc<Proxies>| proxies.client(answer.client, &answer.record.headers());
        let client = self.proxies.as_ref().map_or(answer.client, known);
        self.inner.answered(&Answer { client, ..*answer });
    }

    fn wants_time(&self) -> bool {
        self.inner.wants_time()
    }

    fn turned_away(&self) {
        self.inner.turned_away();
    }
}
