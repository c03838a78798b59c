//! Starts the worker threads of a server, and joins them.
//! Invariant: a worker that ends before the stop is counted, and stops the server; a worker whose thread a page blocks is not
//! waited for beyond the stop.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crate::shared::guard::{drop_guarded, guard};
use crate::shared::heap_reserve::HeapReserve;
use crate::shared::state::ServerState;

/// The threads of a server that has started.
pub(crate) struct Workers {
    pub(crate) state: Arc<ServerState>,
    /// Blocks until every connection is closed or aborted; returns how many were aborted.
    pub(crate) join: Box<dyn FnOnce() -> usize + Send + Sync>,
}

impl Workers {
    /// Starts a thread for each of `parts`, in which `run` returns how many connections it has aborted.
    pub(crate) fn spawn<P: Send + 'static>(
        state: Arc<ServerState>,
        parts: Vec<P>,
        run: impl Fn(P) -> usize + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let count = parts.len();
        for (number, parts) in parts.into_iter().enumerate() {
            let (run, own) = (run.clone(), Arc::clone(&state));
            let thread = thread::Builder::new().name(format!("bantam-{number}")).spawn(move || {
                let _reserve = HeapReserve::new();
                let aborted = guard(|| run(parts));
                // The last worker drops the site with it.
                drop_guarded(run);
                let aborted = aborted.unwrap_or_else(|| {
                    own.worker_ended(&"it has panicked");
                    0
                });
                own.worker_done(aborted);
            });
            // Without this one the others must not go on accepting.
            thread.inspect_err(|_| state.shut_down(Some(Instant::now())))?;
        }
        // Where every worker has ended already, this is the last one.
        drop_guarded(run);
        let joined = Arc::clone(&state);
        Ok(Self { state, join: Box::new(move || joined.join_workers(count)) })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[test]
    fn a_worker_that_panics_stops_the_server_and_is_counted() {
        let state = ServerState::new(1, None, Vec::new());
        let stop = Arc::clone(&state);
        let workers = Workers::spawn(Arc::clone(&state), vec![true, false], move |panics| {
            if panics {
                panic_any(PanicsWhenDropped);
            }
            while !stop.is_stopping() {
                thread::yield_now();
            }
            3
        });
        assert_eq!((workers.unwrap().join)(), 3, "the other one ends as in any stop");
        assert!(state.worker_panics() == 1 && state.until_abort().is_some());
    }

    #[test]
    fn a_site_that_panics_when_it_is_dropped_costs_no_worker() {
        let (state, site) = (ServerState::new(1, None, Vec::new()), Arc::new(PanicsWhenDropped));
        let run = move |aborted| {
            let _site = &site;
            aborted
        };
        let workers = Workers::spawn(Arc::clone(&state), vec![1, 2], run).unwrap();
        assert_eq!((workers.join)(), 3);
        assert_eq!(state.worker_panics(), 0);
    }
}
