//! `ResolveClient`: sets the client's address for a site and for an observer.
//!
//! Invariant: a page and the access log see the same address.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use bantam::wire::Headers;
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

/// The longest value that is kept, in bytes.
const MAX_KEPT: usize = 256;

/// The last client that a thread has found, and what of: the log asks for that of the request which a page has just answered.
struct Found {
    proxies: Arc<TrustedProxies>,
    peer: Option<SocketAddr>,
    value: Vec<u8>,
    client: Option<SocketAddr>,
}

thread_local! {
    static LAST: RefCell<Option<Found>> = const { RefCell::new(None) };
}

/// [`TrustedProxies::client_addr`], which is a function of the peer and of the values of one field.
fn client_addr(
    proxies: &Arc<TrustedProxies>,
    peer: Option<SocketAddr>,
    headers: &Headers<'_>,
) -> Option<SocketAddr> {
    let Some(value) = proxies.only_value(headers).filter(|value| value.len() <= MAX_KEPT) else {
        return proxies.client_addr(peer, headers);
    };
    LAST.with_borrow_mut(|last| match last {
        Some(found) if found.peer == peer && found.value == value && Arc::ptr_eq(&found.proxies, proxies) => {
            found.client
        }
        _ => {
            let client = proxies.client_addr(peer, headers);
            let mut kept = last.take().map(|found| found.value).unwrap_or_default();
            kept.clear();
            kept.extend_from_slice(value);
            *last = Some(Found { proxies: Arc::clone(proxies), peer, value: kept, client });
            client
        }
    })
}

impl Layer for ResolveClient {
    // Returns the future of the site: one around it would add its own size to every request.
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        if let Some(proxies) = &self.proxies {
            details.client_address = client_addr(proxies, details.client_address, &details.headers);
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
            Some(proxies) => client_addr(proxies, access.client, &access.record.headers()),
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

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;
    use crate::proxy::trusted::ClientAddrSource;

    #[test]
    fn a_client_that_was_found_before_is_that_of_the_same_peer_value_and_proxies_alone() {
        let trusting = |peer, source| Arc::new(TrustedProxies::new(source).trust(peer).unwrap());
        let proxies = [
            trusting("10.0.0.0/8", ClientAddrSource::XForwardedFor),
            trusting("10.0.0.1", ClientAddrSource::XForwardedFor),
            trusting("10.0.0.0/8", ClientAddrSource::Forwarded),
        ];
        let long = format!("X-Forwarded-For: {}1.2.3.4\r\n", "6.6.6.6, ".repeat(40));
        let fields = [
            "",
            "X-Forwarded-For: 1.2.3.4\r\n",
            "X-Forwarded-For: 1.2.3.4, 10.0.0.2\r\n",
            "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n",
            "Forwarded: for=4.3.2.1\r\nX-Forwarded-For: 1.2.3.4\r\n",
            &long,
        ];
        let peers = ["10.0.0.1:5", "10.0.0.3:5", "9.9.9.9:5"].map(|peer| peer.parse().ok());
        for step in 0..3 * 6 * 3 * 7 {
            // Every combination, each behind several others and behind itself.
            let at = step * 11 % 54 * usize::from(step % 7 > 2);
            let (peer, proxies) = (peers[at % 3], &proxies[at / 3 % 3]);
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields[at / 9]);
            let (_, head) = request_head(text.as_bytes()).unwrap();
            let expected = proxies.client_addr(peer, &head.headers);
            for _ in 0..2 {
                assert_eq!(client_addr(proxies, peer, &head.headers), expected, "{peer:?} {text}");
            }
        }
    }
}
