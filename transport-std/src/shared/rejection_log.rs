//! `RejectionLog`: tells the observer and the operator of connections that are refused before their first request.
//! Invariant: the observer gets each of them; the operator gets a few of each kind, and the number of the others.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use bantam::{ExchangeRecord, Fault, Rejection};

use crate::access::observer::{AccessRecord, Observer, RejectedConnection};
use crate::access::peer_name::{PeerName, canonical};
use crate::access::warn_limit::WarnLimit;
use crate::shared::date::DateCache;
use crate::shared::guard::guard;
use crate::shared::sync::{Mutex, lock};

pub(crate) struct RejectionLog {
    observer: Arc<dyn Observer>,
    date: Mutex<DateCache>,
    limit: WarnLimit,
    proxy_header: WarnLimit,
}

impl RejectionLog {
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        let date = Mutex::new(DateCache::new());
        Self { observer, date, limit: WarnLimit::new(), proxy_header: WarnLimit::new() }
    }

    /// Reports a connection that is answered with this rejection.
    pub(crate) fn report(&self, socket: &TcpStream, rejection: Rejection, why: RejectedConnection) {
        // The peer of a Unix socket has no such address.
        let peer = socket.peer_addr().ok().map(canonical);
        let (warnings, reason) = match why {
            RejectedConnection::Limit => (&self.limit, "the limit of connections is reached: answered 503"),
            RejectedConnection::ProxyHeader => (
                &self.proxy_header,
                "a trusted proxy sent no valid header of the PROXY protocol: answered 400",
            ),
        };
        // A logger that panics loses its line, and the worker goes on.
        guard(|| warnings.warn(format_args!("{}: {reason}", PeerName(peer))));
        let record = ExchangeRecord::new(b"", rejection.status(), 0, Some(Fault::Rejection(rejection)));
        let date = lock(&self.date).now();
        self.observer.on_rejected(&AccessRecord::new(peer, date, Duration::ZERO, &record), why);
    }
}
