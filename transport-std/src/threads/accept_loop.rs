//! The accepting thread of mode `Threads`.
//! Invariant: the loop ends only when the server stops; while a connection waits for a thread, it wakes every
//! `RELIEF_INTERVAL` to make one free, to start one, or to refuse the connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Poll};

use super::connection::SharedConnection;
use super::pool::Pool;
use crate::access::observer::RejectedConnection;
use crate::access::peer_name::PeerName;
use crate::shared::acceptor::{Acceptor, MAX_QUEUED, poll_or_sleep};
use crate::shared::context::ServerContext;
use crate::shared::guard::{guard, report};
use crate::shared::state::Permit;

/// How often connections that wait for a thread are helped.
const RELIEF_INTERVAL: Duration = Duration::from_millis(200);
/// How often, and how many times, the loop looks for the place of a connection that makes way.
const WAY_INTERVAL: Duration = Duration::from_micros(100);
const WAY_POLLS: usize = 100;
/// How many connections are accepted before the loop reads its events again.
const ACCEPT_BUDGET: usize = 64;
/// How long the loop waits after a panic, so that one that panics at once again does not spin.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections into the pool, and starts its threads.
pub(super) struct AcceptLoop<F> {
    pub(super) poll: Poll,
    pub(super) acceptor: Acceptor,
    pub(super) pool: Arc<Pool>,
    pub(super) server: ServerContext,
    /// Starts a thread that takes connections from the pool.
    pub(super) start_thread: F,
    /// When connections that wait are helped again.
    pub(super) next_relief: Instant,
}

impl<F: FnMut() -> io::Result<()>> AcceptLoop<F> {
    /// Runs until the server stops; then accepts what the kernel has queued, and closes the listeners.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(16);
        while !self.server.state.is_stopping() {
            self.guarded(|accept_loop| accept_loop.turn(&mut events));
        }
        self.guarded(|accept_loop| {
            accept_loop.acceptor.assume_readable();
            accept_loop.accept(MAX_QUEUED);
            accept_loop.start_missing_thread();
        });
    }

    /// Runs a step of the loop. One that panics is over, and the loop goes on.
    fn guarded(&mut self, step: impl FnOnce(&mut Self)) {
        if guard(|| step(self)).is_none() {
            self.server.state.worker_restarted(0);
            thread::sleep(RESTART_PAUSE);
        }
    }

    /// Accepts what is pending, and waits for more.
    fn turn(&mut self, events: &mut Events) {
        self.accept(ACCEPT_BUDGET);
        let mut timeout = self.acceptor.next_timeout();
        if self.pool.has_backlog() {
            let until_relief = self.next_relief.saturating_duration_since(Instant::now());
            if until_relief.is_zero() {
                self.relieve();
            }
            timeout = Some(timeout.unwrap_or(RELIEF_INTERVAL).min(RELIEF_INTERVAL));
        }
        poll_or_sleep(&mut self.poll, events, timeout);
        for event in &*events {
            self.acceptor.on_event(event.token());
        }
    }

    /// Helps the connections that wait for a thread.
    fn relieve(&mut self) {
        let uptime_ms = self.server.state.uptime_ms();
        self.pool.reclaim_idle(uptime_ms);
        self.start_missing_thread();
        // The time that a connection may take until its first request is complete at the latest.
        let limit = self.server.config.deadlines.idle.max(self.server.config.deadlines.head);
        for connection in self.pool.take_expired(uptime_ms, limit) {
            report!(debug, "{}: no thread in time", PeerName(connection.address));
            let SharedConnection { socket, address, .. } = connection;
            self.server.reject(socket, address, RejectedConnection::Limit);
        }
        self.next_relief = Instant::now() + RELIEF_INTERVAL;
    }

    /// Starts the thread that could not be started before.
    fn start_missing_thread(&mut self) {
        if self.pool.add_missing_thread() {
            self.start_added_thread();
        }
    }

    /// Starts a thread that the pool counts already.
    fn start_added_thread(&mut self) {
        if let Err(error) = (self.start_thread)() {
            self.pool.spawn_failed();
            self.acceptor.back_off(&error);
        }
    }

    /// Accepts up to `limit` connections.
    fn accept(&mut self, limit: usize) {
        for _ in 0..limit {
            let Some((socket, address)) = self.acceptor.accept() else { return };
            let admitted = match self.server.admit(address) {
                Err(RejectedConnection::Limit) => make_way(&self.pool, &self.server, address),
                admitted => admitted,
            };
            let permit = match admitted {
                Ok(permit) => permit,
                Err(why) => {
                    self.server.reject(socket, address, why);
                    continue;
                }
            };
            if let Err(error) = socket.set_nonblocking(false) {
                report!(debug, "{}: {error}", PeerName(address));
                continue;
            }
            if self.pool.push(SharedConnection::new(permit, socket, address)) {
                self.start_added_thread();
            }
        }
    }
}

/// Closes an idle connection at the limit, and waits a moment for its thread to count it out.
fn make_way(
    pool: &Pool,
    server: &ServerContext,
    peer: Option<SocketAddr>,
) -> Result<Permit, RejectedConnection> {
    let closing = pool.close_longest_idle();
    let admitted = (0..WAY_POLLS).take_while(|_| closing).find_map(|_| {
        thread::sleep(WAY_INTERVAL);
        server.admit(peer).ok()
    });
    admitted.ok_or(RejectedConnection::Limit)
}
