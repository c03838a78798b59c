//! `RejectionLog`: tells the observer and the operator of connections that are refused before their first request.
//! Invariant: the observer gets each of them; the operator gets a few of each kind, and the number of the others.

use std::net::{SocketAddr, TcpStream};
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
    client_limit: WarnLimit,
    proxy_header: WarnLimit,
}

impl RejectionLog {
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        let date = Mutex::new(DateCache::new());
        Self {
            observer,
            date,
            limit: WarnLimit::new(),
            client_limit: WarnLimit::new(),
            proxy_header: WarnLimit::new(),
        }
    }

    /// Reports a connection that is answered with this rejection. `client`: its address as far as it is known.
    pub(crate) fn report(
        &self,
        socket: &TcpStream,
        client: Option<SocketAddr>,
        rejection: Rejection,
        why: RejectedConnection,
    ) {
        // The peer of a Unix socket has no such address.
        let peer = client.or_else(|| socket.peer_addr().ok().map(canonical));
        let warning = match why {
            RejectedConnection::Limit => {
                Some((&self.limit, "the limit of connections is reached: answered 503"))
            }
            RejectedConnection::ClientLimit => {
                Some((&self.client_limit, "this client's limit of connections is reached: answered 429"))
            }
            RejectedConnection::ProxyHeader => Some((
                &self.proxy_header,
                "a trusted proxy sent no valid header of the PROXY protocol: answered 400",
            )),
            // No fault of the operator's: any scanner does it.
            RejectedConnection::PlainHttp | RejectedConnection::Handshake => None,
        };
        // A logger that panics loses its line, and the worker goes on.
        if let Some((warnings, reason)) = warning {
            guard(|| warnings.warn(format_args!("{}: {reason}", PeerName(peer))));
        }
        let record = ExchangeRecord::new(b"", rejection.status(), 0, Some(Fault::Rejection(rejection)));
        let date = lock(&self.date).now();
        self.observer.on_rejected(&AccessRecord::new(peer, date, Duration::ZERO, &record), why);
    }
}
