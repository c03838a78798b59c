//! A connection of mode `Threads`, shared by its thread and the pool.
//! Invariant: a connection that becomes idle while the server stops is closed, by its own thread or by the one that stops.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::proxy::ProxyHeader;
use crate::shared::deadline::{deadline_in, until};
use crate::shared::handshake::{HandshakeProgress, shake_hands};
use crate::shared::proxy_header::{HeaderProgress, read_proxy_header};
use crate::shared::state::Permit;
use crate::shared::sync::{AtomicU64, Mutex, Ordering, fence, lock};
use crate::tls::Session;

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
    pub(super) permit: Permit,
    pub(super) socket: S,
    pub(super) address: Option<SocketAddr>,
    /// The server's uptime in milliseconds when it was accepted.
    accepted_at: u64,
    /// The server's uptime in milliseconds when the wait for a request began, or [`ACTIVE`].
    idle_since: AtomicU64,
    /// Wakes the thread, where its page waits for something that ends with the server.
    waiter: Mutex<Option<Waker>>,
}

impl<S: Socket> SharedConnection<S> {
    pub(super) fn new(permit: Permit, socket: S, address: Option<SocketAddr>) -> Self {
        let accepted_at = permit.state().uptime_ms();
        Self {
            permit,
            socket,
            address,
            accepted_at,
            idle_since: AtomicU64::new(ACTIVE),
            waiter: Mutex::new(None),
        }
    }

    /// Returns true if it was accepted so long before this uptime.
    pub(super) fn has_waited(&self, uptime_ms: u64, limit: Duration) -> bool {
        u128::from(uptime_ms.saturating_sub(self.accepted_at)) >= limit.as_millis()
    }

    /// The time since it was accepted.
    pub(super) fn age(&self) -> Duration {
        Duration::from_millis(self.permit.state().uptime_ms().saturating_sub(self.accepted_at))
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

    /// Has this waker woken when the server begins to stop: look afterwards whether it has begun.
    pub(super) fn wake_at_stop(&self, waker: &Waker) {
        *lock(&self.waiter) = Some(waker.clone());
    }

    /// The server begins to stop.
    pub(super) fn on_stop(&self) {
        self.close_if_idle();
        if let Some(waker) = &*lock(&self.waiter) {
            waker.wake_by_ref();
        }
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

    /// Blocks until the TLS handshake is complete, for `limit` at most. Until then the connection is idle: it makes way for one that
    /// waits for its thread.
    pub(super) fn shake_hands(
        &self,
        session: &mut Session,
        client: Option<SocketAddr>,
        limit: Duration,
    ) -> HandshakeProgress {
        self.mark_idle();
        let mut stream = TimedSocket { socket: &self.socket, deadline: deadline_in(limit) };
        let progress = shake_hands(session, &mut stream, client);
        // As above.
        let _ = self.socket.set_read_timeout(None);
        let _ = self.socket.set_write_timeout(None);
        progress
    }
}

/// A socket whose reads and writes block until a deadline.
struct TimedSocket<'s> {
    socket: &'s TcpStream,
    deadline: Option<Instant>,
}

impl TimedSocket<'_> {
    /// Sets a time-out, unless the deadline is over.
    fn arm(&self, set: fn(&TcpStream, Option<Duration>) -> io::Result<()>) -> io::Result<()> {
        match until(self.deadline) {
            Some(Duration::ZERO) => Err(ErrorKind::TimedOut.into()),
            remaining => set(self.socket, remaining),
        }
    }
}

impl Read for TimedSocket<'_> {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        self.arm(TcpStream::set_read_timeout)?;
        (&mut &*self.socket).read(memory)
    }
}

impl Write for TimedSocket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.arm(TcpStream::set_write_timeout)?;
        (&mut &*self.socket).write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.arm(TcpStream::set_write_timeout)?;
        (&mut &*self.socket).write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
