//! Starts the worker threads of a server, and joins them.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use log::warn;

use crate::shared::context::ServerContext;
use crate::shared::lingerer::Lingerer;
use crate::shared::state::ServerState;

/// The threads of a server that has started.
pub(crate) struct Workers {
    pub(crate) state: Arc<ServerState>,
    /// Kept so that its thread goes on when the workers have ended.
    lingerer: Lingerer,
    /// Blocks until every connection that is not lingering is closed or aborted; returns how many were aborted.
    join: Box<dyn FnOnce() -> usize + Send>,
}

impl Workers {
    /// Starts a thread for each of `parts`, in which `run` returns how many connections it has aborted.
    pub(crate) fn spawn<P: Send + 'static>(
        server: &ServerContext,
        parts: Vec<P>,
        run: impl Fn(P) -> usize + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let mut threads = Vec::with_capacity(parts.len());
        for (number, parts) in parts.into_iter().enumerate() {
            let run = run.clone();
            let thread = thread::Builder::new().name(format!("bantam-{number}")).spawn(move || run(parts));
            // Without this one the others must not go on accepting.
            threads.push(thread.inspect_err(|_| server.state.shut_down(Some(Instant::now())))?);
        }
        Ok(Self::new(server, move || join_all(threads)))
    }

    /// The threads of `server`, whose end `join` waits for.
    pub(crate) fn new(server: &ServerContext, join: impl FnOnce() -> usize + Send + 'static) -> Self {
        let (state, lingerer) = (Arc::clone(&server.state), server.rejector.lingerer.clone());
        Self { state, lingerer, join: Box::new(join) }
    }

    /// Blocks until every connection is closed or aborted, and until none lingers or the deadline of the stop is over.
    /// Returns how many were aborted.
    pub(crate) fn wait(self) -> usize {
        let aborted = (self.join)();
        self.lingerer.count().wait(&self.state);
        aborted
    }
}

/// Joins the workers; returns how many connections they have aborted in all.
fn join_all(workers: Vec<JoinHandle<usize>>) -> usize {
    let aborted = workers.into_iter().map(|worker| {
        worker.join().unwrap_or_else(|_| {
            warn!("a worker has panicked");
            0
        })
    });
    aborted.sum()
}
