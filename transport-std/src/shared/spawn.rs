//! Starts the worker threads of a server, and joins them.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use log::warn;

use crate::shared::state::ServerState;

/// The threads of a server that has started.
pub(crate) struct Workers {
    pub(crate) state: Arc<ServerState>,
    /// Blocks until every connection is closed or aborted; returns how many were aborted.
    pub(crate) join: Box<dyn FnOnce() -> usize + Send>,
}

impl Workers {
    /// Starts a thread for each of `parts`, in which `run` returns how many connections it has aborted.
    pub(crate) fn spawn<P: Send + 'static>(
        state: Arc<ServerState>,
        parts: Vec<P>,
        run: impl Fn(P) -> usize + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let mut threads = Vec::with_capacity(parts.len());
        for (number, parts) in parts.into_iter().enumerate() {
            let run = run.clone();
            let thread = thread::Builder::new().name(format!("bantam-{number}")).spawn(move || run(parts));
            // Without this one the others must not go on accepting.
            threads.push(thread.inspect_err(|_| state.shut_down(Some(Instant::now())))?);
        }
        Ok(Self { state, join: Box::new(move || join_all(threads)) })
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
