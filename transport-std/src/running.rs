//! Law: a server at work stops when it is told to: what has begun is finished, what has not is let go.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::server::Control;

/// How many connections there are at the moment, more or less: they come and go while they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// All that are let in.
    pub open: usize,
    /// Those of them that do not just wait for their next request.
    pub active: usize,
}

/// A server at work. Dropping it does not stop it.
#[must_use = "a server that nobody waits for ends with the program"]
pub struct RunningServer {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) handle: ServerHandle,
    pub(crate) wait: Box<dyn FnOnce() -> usize + Send>,
}

impl RunningServer {
    /// Where it listens, with the real ports.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The files of the Unix sockets that it listens to.
    #[must_use]
    pub fn unix_paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// A handle that stops it, or asks how it does, from anywhere.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Waits until it has been stopped and every connection has ended, or the time that the stop allows is over; says how
    /// many connections were then cut off.
    pub fn wait(self) -> usize {
        (self.wait)()
    }
}

impl fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningServer").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// A server at work, for others than the one who waits for it.
#[derive(Clone)]
pub struct ServerHandle {
    pub(crate) control: Arc<dyn Control + Send + Sync>,
}

impl ServerHandle {
    /// Stops it: no connection is accepted any more, idle ones are closed at once, and requests that have begun are finished (with
    /// `Connection: close`) within `grace`. Returns at once; [`RunningServer::wait`] waits. A second call changes the time.
    pub fn shutdown(&self, grace: Duration) {
        self.control.close(Instant::now().checked_add(grace));
    }

    /// Who is there. Asks nobody who serves.
    #[must_use]
    pub fn connections(&self) -> ConnectionCounts {
        self.control.connections()
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerHandle").finish_non_exhaustive()
    }
}
