//! A server that has started: where it listens, its handle, and its end.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::shared::deadline::deadline_in;
use crate::shared::spawn::Workers;
use crate::shared::state::{ConnectionCounts, ServerState};

/// A server that has started. Dropping it does not stop the server.
#[must_use = "a program that does not wait for its server ends, and the server with it"]
pub struct RunningServer {
    pub(crate) local_addrs: Vec<SocketAddr>,
    pub(crate) unix_paths: Vec<PathBuf>,
    pub(crate) workers: Workers,
    pub(crate) worker_threads: usize,
}

impl RunningServer {
    /// The addresses of the TCP listeners, with their real ports.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// The paths of the Unix listeners.
    #[must_use]
    pub fn unix_paths(&self) -> &[PathBuf] {
        &self.unix_paths
    }

    /// A handle that stops the server from any thread.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        ServerHandle { state: Arc::clone(&self.workers.state), worker_threads: self.worker_threads }
    }

    /// Blocks until the server has been stopped and every connection is closed, or the grace of the stop is over, and for a second
    /// more where a page blocks its thread. Returns how many connections were then aborted, or lost before by a panic of a
    /// worker; one that has got its last response, and lingers, is closed and not counted. Where
    /// [`ServerHandle::worker_panics`] is not 0, the server may have stopped by itself.
    pub fn wait(self) -> usize {
        let Workers { state, join } = self.workers;
        let aborted = join();
        state.wait_for_workers();
        aborted
    }
}

impl fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningServer").field("local_addrs", &self.local_addrs).finish_non_exhaustive()
    }
}

/// Stops a server, and counts its connections.
#[derive(Clone)]
pub struct ServerHandle {
    state: Arc<ServerState>,
    worker_threads: usize,
}

impl ServerHandle {
    /// Closes the listeners and the idle connections at once. Requests that have begun get their response, with
    /// `Connection: close`, within `grace`. Returns at once; [`RunningServer::wait`] blocks. A second call changes the grace.
    pub fn shutdown(&self, grace: Duration) {
        self.state.shut_down(deadline_in(grace));
    }

    /// How many workers have panicked or ended since the start. Panics of pages, observers and loggers are not counted: they cost
    /// no other connection. A worker that panics closes its connections, which [`RunningServer::wait`] counts as aborted, and goes
    /// on; where it cannot, the server stops.
    #[must_use]
    pub fn worker_panics(&self) -> usize {
        self.state.worker_panics()
    }

    /// How many connections there are. Blocks no worker of an event loop; locks the pool of [`Mode::Threads`](crate::Mode).
    #[must_use]
    pub fn connections(&self) -> ConnectionCounts {
        self.state.connections()
    }

    /// How many connections may be open: [`Server::max_connections`](crate::Server::max_connections), or its default.
    #[must_use]
    pub fn max_connections(&self) -> usize {
        self.state.limit()
    }

    /// How many threads serve, at most: [`Server::workers`](crate::Server::workers), or its default.
    #[must_use]
    pub const fn worker_threads(&self) -> usize {
        self.worker_threads
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerHandle").finish_non_exhaustive()
    }
}
