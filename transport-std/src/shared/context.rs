//! `ServerContext`: what every worker of a server holds.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use crate::shared::config::Config;
use crate::shared::lingerer::Lingerer;
use crate::shared::reject::Rejector;
use crate::shared::rejection_log::RejectionLog;
use crate::shared::state::{ServerState, WorkerHandle};

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
        let state = ServerState::new(config.max_connections, workers);
        Ok(Self { config, state, rejector })
    }

    /// Closes a connection whose last response is written: see [`Lingerer::linger`]. Drop its permit first: a client that
    /// sees the end may connect again at once.
    pub(crate) fn linger(&self, socket: TcpStream) {
        self.rejector.lingerer.linger(socket);
    }
}
