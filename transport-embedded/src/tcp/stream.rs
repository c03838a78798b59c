//! A socket as the [`Transport`] of the slot that serves it.
//! Invariant: an operation that would block is repeated at every [`TcpServer::poll`] and fails at the phase's deadline.

use core::future::poll_fn;
use core::mem;
use core::net::SocketAddr;
use core::task::Poll;
use core::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::Socket;

use super::server::TcpServer;
use super::socket_state::{later, watch_peer};
use crate::log::{log_response, peer};

/// A connection that a slot serves. Dropping it releases the socket, and closes the connection unless `keep` is set.
pub(super) struct SlotStream<'s, 'a, const SOCKETS: usize> {
    server: &'s TcpServer<'a, SOCKETS>,
    handle: SocketHandle,
    timer: PhaseTimer<&'s Deadlines>,
    pub(super) keep: bool,
    /// A silent peer is asked whether it is there.
    is_watched: bool,
}

impl<'s, 'a, const SOCKETS: usize> SlotStream<'s, 'a, SOCKETS> {
    pub(super) fn new(server: &'s TcpServer<'a, SOCKETS>, handle: SocketHandle) -> Self {
        Self { server, handle, timer: PhaseTimer::new(&server.deadlines), keep: false, is_watched: false }
    }

    /// Repeats `op` until it returns a result instead of `None`, or until the phase's deadline.
    async fn poll_io<R>(&mut self, mut op: impl FnMut(&mut Socket<'a>) -> Option<R>) -> Result<R, ErrorKind> {
        poll_fn(|_| {
            if let Some(result) = self.server.with(self.handle, &mut op) {
                return Poll::Ready(Ok(result));
            }
            if self.waits() { Poll::Pending } else { Poll::Ready(Err(ErrorKind::TimedOut)) }
        })
        .await
    }
}

impl<const SOCKETS: usize> SlotStream<'_, '_, SOCKETS> {
    /// Waits for the next poll; returns false if the phase has ended.
    // Apart from `poll_io`, of which there is a copy for each operation.
    #[inline(never)]
    fn waits(&mut self) -> bool {
        if self.server.is_stopping() && self.timer.phase() == Phase::LowLevel {
            return false;
        }
        let now = self.server.now.get();
        let remaining = self.timer.remaining(now);
        if remaining.is_zero() {
            return false;
        }
        self.server.wake_at(later(now, remaining));
        true
    }

    /// Watches the peer from the first [`Phase::LowLevel`] to the next request: a page that waits for its own events sends too little to
    /// fill the send buffer of a peer that has vanished.
    fn watch_peer(&mut self, phase: Phase) {
        let is_watched = match phase {
            Phase::LowLevel => true,
            Phase::Idle => false,
            _ => return,
        };
        // The socket is borrowed for a change only: every request begins with `Idle`.
        if is_watched != self.is_watched {
            self.is_watched = is_watched;
            self.server.with(self.handle, |socket| watch_peer(socket, is_watched, &self.server.deadlines));
        }
    }
}

impl<const SOCKETS: usize> Drop for SlotStream<'_, '_, SOCKETS> {
    fn drop(&mut self) {
        self.watch_peer(Phase::Idle);
        self.server.release(self.handle, self.keep);
    }
}

impl<const SOCKETS: usize> ErrorType for SlotStream<'_, '_, SOCKETS> {
    type Error = ErrorKind;
}

impl<const SOCKETS: usize> Read for SlotStream<'_, '_, SOCKETS> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.timer.is_overdue(|| self.server.now.get()) {
            return Err(ErrorKind::TimedOut);
        }
        self.poll_io(|socket| match socket.recv_slice(memory) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            // FIN or RST: no response reaches the peer after a RST, so both are the end of the stream.
            Err(_) => Some(Ok(0)),
        })
        .await?
    }
}

impl<const SOCKETS: usize> Write for SlotStream<'_, '_, SOCKETS> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        // `send_slice` returns 0 for it, which below means that the send buffer is full.
        if bytes.is_empty() {
            return Ok(0);
        }
        self.poll_io(|socket| match socket.send_slice(bytes) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            Err(_) => Some(Err(ErrorKind::ConnectionReset)),
        })
        .await?
    }

    /// Returns at once: [`TcpServer::poll`] sends the buffered bytes.
    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl<const SOCKETS: usize> Transport for SlotStream<'_, '_, SOCKETS> {
    fn enter(&mut self, phase: Phase) {
        self.watch_peer(phase);
        self.timer.enter(phase);
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.watch_peer(phase);
        self.timer.enter_for(phase, self.server.now.get(), limit);
    }

    async fn pause(&mut self, duration: Duration) {
        let deadline = later(self.server.now.get(), duration);
        // A duration of zero ends at the next poll, after the other slots.
        let mut next_poll = false;
        poll_fn(|_| {
            if mem::replace(&mut next_poll, true) && self.server.now.get() >= deadline {
                return Poll::Ready(());
            }
            self.server.wake_at(deadline);
            Poll::Pending
        })
        .await;
    }

    /// Does nothing: the server closes the socket after the slot has released it.
    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.server.with(self.handle, |socket| socket.remote_endpoint()).map(SocketAddr::from)
    }

    fn keep_alive(&self) -> bool {
        self.server.keeps_connections()
    }

    fn is_ending(&self) -> bool {
        self.server.is_stopping()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        log_response(|| peer(self.peer_addr()), record);
    }
}
