//! `ServerContext`: what every worker of a server holds.

use std::io;
use std::sync::Arc;

use crate::shared::config::Config;
use crate::shared::reject::Rejector;
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
    pub(crate) fn new(config: Config, workers: Vec<Arc<dyn WorkerHandle>>) -> io::Result<Self> {
        let rejector = Rejector::start(Arc::clone(&config.observer))?;
        let state = ServerState::new(config.max_connections, workers);
        Ok(Self { config, state, rejector })
    }
}
