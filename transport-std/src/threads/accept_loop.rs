//! The accepting thread of mode `Threads`.
//! Invariant: the loop ends only when the server stops.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bantam::Site;
use log::debug;
use mio::{Events, Poll};

use super::connection::SharedConnection;
use super::pool::Pool;
use super::worker::ThreadContext;
use crate::access::peer_name::PeerName;
use crate::shared::acceptor::{Acceptor, poll_or_sleep};
use crate::shared::state::{Permit, ServerState};

/// How often idle connections are reclaimed while others are queued.
const RECLAIM_INTERVAL: Duration = Duration::from_millis(200);
/// How often, and how many times, the loop looks for the place of a connection that makes way.
const WAY_INTERVAL: Duration = Duration::from_micros(100);
const WAY_POLLS: usize = 100;
/// How many connections are accepted before the loop reads its events again.
const ACCEPT_BUDGET: usize = 64;

/// Accepts connections into the pool, and starts its threads.
pub(super) struct AcceptLoop<S> {
    pub(super) poll: Poll,
    pub(super) acceptor: Acceptor,
    pub(super) context: Arc<ThreadContext<S>>,
}

impl<S: Site + Send + Sync + 'static> AcceptLoop<S> {
    /// Runs until the server stops; then accepts what the kernel has queued, and closes the listeners.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(16);
        let context = Arc::clone(&self.context);
        while !context.server.state.is_stopping() {
            self.accept(ACCEPT_BUDGET);
            let mut timeout = self.acceptor.next_timeout();
            if timeout.is_none() && context.pool.has_backlog() {
                context.pool.reclaim_idle(context.server.state.uptime_ms());
                timeout = Some(RECLAIM_INTERVAL);
            }
            poll_or_sleep(&mut self.poll, &mut events, timeout);
            for event in &events {
                self.acceptor.on_event(event.token());
            }
        }
        self.acceptor.assume_readable();
        self.accept(usize::MAX);
    }

    /// Accepts up to `limit` connections.
    fn accept(&mut self, limit: usize) {
        let ThreadContext { pool, server, .. } = &*self.context;
        for _ in 0..limit {
            let Some((socket, address)) = self.acceptor.accept() else { return };
            let Some(permit) = server.state.admit().or_else(|| make_way(pool, &server.state)) else {
                server.rejector.too_many_connections(socket);
                continue;
            };
            if let Err(error) = socket.set_nonblocking(false) {
                debug!("{}: {error}", PeerName(address));
                continue;
            }
            if pool.push(SharedConnection::new(permit, socket, address))
                && let Err(error) = self.context.spawn()
            {
                pool.spawn_failed();
                self.acceptor.back_off(&error);
            }
        }
    }
}

/// Closes an idle connection at the limit, and waits a moment for its thread to count it out.
fn make_way(pool: &Pool, state: &Arc<ServerState>) -> Option<Permit> {
    let closing = pool.close_longest_idle();
    (0..WAY_POLLS).take_while(|_| closing).find_map(|_| {
        thread::sleep(WAY_INTERVAL);
        state.admit()
    })
}
