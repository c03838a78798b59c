//! A connection of mode `Threads`, shared by its thread and the pool.
//! Invariant: a connection that becomes idle while the server stops is closed, by its own thread or by the one that stops.

use std::io::{self, ErrorKind, Read as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::proxy::ProxyHeader;
use crate::shared::deadline::{deadline_in, until};
use crate::shared::proxy_header::{HeaderProgress, read_proxy_header};
use crate::shared::state::Permit;
use crate::shared::sync::{AtomicU64, Ordering, fence};

/// How long a connection may be idle while others wait for its thread, in milliseconds.
const IDLE_GRACE_MS: u64 = 1000;
/// The value of `idle_since` of a connection that is not idle.
const ACTIVE: u64 = u64::MAX;

/// A socket that another thread can shut down.
pub(super) trait Socket {
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;
}

impl Socket for TcpStream {
    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        Self::shutdown(self, how)
    }
}

/// An accepted connection.
pub(super) struct SharedConnection<S = TcpStream> {
    /// Released before the socket is closed: a client that sees the end may connect again at once.
    permit: Permit,
    pub(super) socket: S,
    pub(super) address: Option<SocketAddr>,
    /// The server's uptime in milliseconds when it was accepted.
    accepted_at: u64,
    /// The server's uptime in milliseconds when the wait for a request began, or [`ACTIVE`].
    idle_since: AtomicU64,
}

impl<S: Socket> SharedConnection<S> {
    pub(super) fn new(permit: Permit, socket: S, address: Option<SocketAddr>) -> Self {
        let accepted_at = permit.state().uptime_ms();
        Self { permit, socket, address, accepted_at, idle_since: AtomicU64::new(ACTIVE) }
    }

    /// Returns true if it was accepted so long before this uptime.
    pub(super) fn has_waited(&self, uptime_ms: u64, limit: Duration) -> bool {
        u128::from(uptime_ms.saturating_sub(self.accepted_at)) >= limit.as_millis()
    }

    /// Counts the connection out, and returns its socket.
    pub(super) fn into_socket(self) -> S {
        self.socket
    }

    /// Begins to wait for a request. Ends the wait at once in a server that stops.
    pub(super) fn mark_idle(&self) {
        let state = self.permit.state();
        self.idle_since.store(state.uptime_ms(), Ordering::Relaxed);
        // `ServerState::shut_down` stores the stop, fences, and then loads `idle_since`: one of the two sees the other.
        fence(Ordering::SeqCst);
        if state.is_stopping() {
            self.shut_down_read();
        }
    }

    /// Begins a request.
    pub(super) fn mark_active(&self) {
        self.idle_since.store(ACTIVE, Ordering::Relaxed);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.idle_since.load(Ordering::Relaxed) != ACTIVE
    }

    /// The server's uptime in milliseconds when the wait for a request began; `None` during a request.
    pub(super) fn idle_since(&self) -> Option<u64> {
        Some(self.idle_since.load(Ordering::Relaxed)).filter(|since| *since != ACTIVE)
    }

    pub(super) fn close_if_idle(&self) {
        if self.is_idle() {
            self.shut_down_read();
        }
    }

    /// Closes a connection that was idle for long enough at this uptime. Returns true if it was.
    pub(super) fn close_if_idle_since(&self, uptime_ms: u64) -> bool {
        let since = self.idle_since.load(Ordering::Relaxed);
        let expired = since != ACTIVE && uptime_ms.saturating_sub(since) >= IDLE_GRACE_MS;
        if expired {
            self.shut_down_read();
        }
        expired
    }

    /// Wakes a blocked read. Bytes that have arrived are still read and answered.
    fn shut_down_read(&self) {
        let _ = self.socket.shutdown(Shutdown::Read);
    }
}

impl SharedConnection {
    /// Blocks until the PROXY protocol header has come, for `limit` at most.
    pub(super) fn read_proxy_header(&self, header: &mut ProxyHeader, limit: Duration) -> HeaderProgress {
        let deadline = deadline_in(limit);
        self.mark_idle();
        let peek = |memory: &mut [u8]| {
            let remaining = until(deadline);
            if remaining.is_some_and(|remaining| remaining.is_zero()) {
                return Err(ErrorKind::TimedOut.into());
            }
            self.socket.set_read_timeout(remaining)?;
            self.socket.peek(memory)
        };
        let progress = read_proxy_header(header, self.address, peek, |memory| (&self.socket).read(memory));
        // `DeadlineStream` begins without a time-out; where this fails, it sees an early one.
        let _ = self.socket.set_read_timeout(None);
        progress
    }
}
