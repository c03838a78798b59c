//! `ServerContext`: what every worker of a server holds.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use crate::access::client_key::ClientKey;
use crate::access::observer::RejectedConnection;
use crate::shared::config::Config;
use crate::shared::lingerer::Lingerer;
use crate::shared::reject::Rejector;
use crate::shared::rejection_log::RejectionLog;
use crate::shared::state::{Permit, ServerState, WorkerHandle};
use crate::tls::{Session, Tls};

/// Configuration, state and rejector of one server.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub(crate) config: Config,
    pub(crate) state: Arc<ServerState>,
    pub(crate) rejector: Rejector,
}

impl ServerContext {
    /// `workers` are woken when the server stops.
    pub(crate) fn new(config: Config, mut workers: Vec<Arc<dyn WorkerHandle>>) -> io::Result<Self> {
        let lingerer = Lingerer::start(config.deadlines.close)?;
        workers.push(lingerer.handle());
        let log = Arc::new(RejectionLog::new(Arc::clone(&config.observer)));
        let rejector = Rejector { lingerer, log };
        let state = ServerState::new(config.max_connections, config.limits.per_client, workers);
        Ok(Self { config, state, rejector })
    }

    /// The TLS of a connection with this peer; only a Unix socket has no address, and speaks plain HTTP.
    ///
    /// # Errors
    /// Those of the TLS library.
    pub(crate) fn accept_tls(&self, peer: Option<SocketAddr>) -> io::Result<Option<Session>> {
        self.tls(peer).map(Tls::accept).transpose()
    }

    /// Counts a connection in, if the limits allow.
    ///
    /// # Errors
    /// Those of [`ServerState::admit`].
    pub(crate) fn admit(&self, peer: Option<SocketAddr>) -> Result<Permit, RejectedConnection> {
        self.state.admit(self.limited_client(peer))
    }

    /// Counts a connection for the client that a proxy has stated. Returns false beyond the client's limit.
    pub(crate) fn assign(&self, permit: &Permit, client: Option<SocketAddr>) -> bool {
        self.limited_client(client).is_none_or(|client| permit.assign(client))
    }

    /// The client whose connections are limited; `None` for those of this machine and for trusted proxies, which speak for many.
    fn limited_client(&self, address: Option<SocketAddr>) -> Option<ClientKey> {
        self.config.limits.per_client?;
        let address = address.filter(|address| !address.ip().is_loopback())?;
        (!self.config.proxies.is_trusted(Some(address))).then(|| ClientKey::of(address))
    }

    /// Answers a connection that is not served. `client`: its address as far as it is known.
    pub(crate) fn reject(&self, socket: TcpStream, client: Option<SocketAddr>, why: RejectedConnection) {
        // Beyond a limit nothing of TLS has been read. A Unix socket, whose peer has no address, speaks plain HTTP.
        let is_limit = matches!(why, RejectedConnection::Limit | RejectedConnection::ClientLimit);
        let is_tls = is_limit && self.tls(socket.peer_addr().ok()).is_some();
        self.rejector.reject(socket, client, why, is_tls);
    }

    fn tls(&self, peer: Option<SocketAddr>) -> Option<&Tls> {
        self.config.tls.as_ref().filter(|_| peer.is_some())
    }

    /// Closes a connection whose last response is written: see [`Lingerer::linger`]. Drop its permit first: a client that
    /// sees the end may connect again at once.
    pub(crate) fn linger(&self, socket: TcpStream) {
        self.rejector.lingerer.linger(socket);
    }
}
