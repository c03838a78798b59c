//! A worker's socket as a [`Transport`].
//! Invariant: an operation that would block is woken by the socket or fails at the phase's deadline.

use core::future::{Future, poll_fn};
use core::mem;
use core::net::SocketAddr;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use core::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embassy_net::tcp::{State, TcpSocket};
use embassy_time::{Instant, TICK_HZ, Timer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use super::server_port::{ServerPort, WorkerState};
use crate::log::{event, log_response, peer};

/// How long a connection may be idle while a client waits for a worker, or the server stops.
const IDLE_GRACE: Duration = Duration::from_secs(1);

/// The socket of a worker. Dropping it aborts the connection; the socket can listen again.
pub(super) struct WorkerStream<'w, 's, const WORKERS: usize> {
    port: &'w ServerPort<WORKERS>,
    /// The worker's entry in `port`.
    index: usize,
    socket: &'w mut TcpSocket<'s>,
    timer: PhaseTimer<&'w Deadlines>,
    /// From the first [`Phase::LowLevel`] to the next request: a page that waits for its own events sends too little to fill the send
    /// buffer of a peer that has vanished.
    is_watched: bool,
}

impl<'w, 's, const WORKERS: usize> WorkerStream<'w, 's, WORKERS> {
    pub(super) fn new(port: &'w ServerPort<WORKERS>, socket: &'w mut TcpSocket<'s>) -> Self {
        // The core writes whole responses, so Nagle's algorithm only delays them.
        socket.set_nagle_enabled(false);
        Self { port, index: port.join(), socket, timer: PhaseTimer::new(&port.deadlines), is_watched: false }
    }

    /// Waits for a connection, without a deadline.
    pub(super) async fn accept(&mut self) {
        // The limit of a handshake. From then on the phases have deadlines. A page may pause for longer than the socket's
        // timeout, which would reset a connection whose peer is silent, too.
        self.watch_peer(false);
        self.socket.set_timeout(Some(to_embassy(self.port.deadlines.response)));
        self.socket.abort();
        // Not the future of `accept`: it hides whether the socket listens or its handshake is under way.
        poll_fn(|context| {
            if self.socket.state() == State::Closed {
                // Never fails: the socket is closed, and `ServerPort::new` rejects port 0.
                let _ = pin!(self.socket.accept(self.port.number)).poll(context);
            }
            let state = match self.socket.state() {
                State::Listen => WorkerState::Listening { seen: true },
                State::SynReceived | State::Closed => WorkerState::Handshake,
                _ => return Poll::Ready(()),
            };
            self.port.wait(self.index, state, context.waker());
            // Every change of the state wakes the waker of the send side.
            pin!(self.socket.wait_write_ready()).poll(context)
        })
        .await;
        self.socket.set_timeout(None);
        event!(debug, "{}: accepted", peer(self.peer_addr()));
        self.enter(Phase::Idle);
    }

    /// Sends FIN after the last response, and waits for the peer's acknowledgement and FIN. Drops what the peer still sends,
    /// for [`Deadlines::response`] at most: it may have to send its whole request before it takes the last response.
    pub(super) async fn close_gracefully(&mut self) {
        self.socket.close();
        self.close_in(Phase::Response);
        let until = now().saturating_add(self.port.deadlines.response);
        // Discarding keeps the receive window open.
        let acknowledged = self.poll_io(|socket, context| {
            while let Poll::Ready(1..) = discard(socket, context) {}
            pin!(socket.flush()).poll(context)
        });
        if acknowledged.await.is_ok() {
            self.close_in(Phase::Close);
            // The time begins anew with bytes of the peer.
            while let Ok(1..) = self.poll_io(discard).await
                && now() < until
            {
                self.close_in(Phase::Close);
            }
        }
    }

    /// Aborts the connection. TIME-WAIT is skipped: it would occupy the few workers that there are.
    pub(super) async fn reset(&mut self) {
        self.socket.abort();
        // Waits until RST is sent; without a route to the peer it never is.
        self.close_in(Phase::Close);
        let _ = self.poll_io(|socket, context| pin!(socket.flush()).poll(context)).await;
    }

    /// Enters a phase of a connection that is being closed.
    fn close_in(&mut self, phase: Phase) {
        self.port.enter(self.index, WorkerState::Closing);
        self.timer.enter(phase);
    }

    /// Begins or ends the watch of a peer that is silent: it is asked by a keep-alive whenever nothing has come for
    /// [`Deadlines::low_level`], and the connection is reset if nothing comes for [`Deadlines::response`] more.
    fn watch_peer(&mut self, is_watched: bool) {
        // To set the interval sends a keep-alive.
        if is_watched != mem::replace(&mut self.is_watched, is_watched) {
            let Deadlines { low_level, response, .. } = self.port.deadlines;
            let limits =
                is_watched.then(|| (to_embassy(low_level), to_embassy(low_level.saturating_add(response))));
            self.socket.set_keep_alive(limits.map(|(interval, _)| interval));
            self.socket.set_timeout(limits.map(|(_, limit)| limit));
        }
    }

    /// Returns the time until the phase's deadline. While a client waits for a worker or the server stops, an idle connection has
    /// to give way.
    fn remaining(&mut self, gives_way: bool) -> Duration {
        let remaining = self.timer.remaining(now());
        let cut =
            if gives_way { self.port.deadlines.idle.saturating_sub(IDLE_GRACE) } else { Duration::ZERO };
        remaining.saturating_sub(cut)
    }

    /// Polls `op` until it is ready, or until the phase's deadline. While pending, `op` leaves a waker with the
    /// socket. Its futures may be made anew for every poll: those of a [`TcpSocket`] have no other state.
    async fn poll_io<R>(
        &mut self,
        mut op: impl FnMut(&mut TcpSocket<'s>, &mut Context<'_>) -> Poll<R>,
    ) -> Result<R, ErrorKind> {
        let (mut timer, mut gave_way) = (None, false);
        poll_fn(|context| {
            if let Poll::Ready(result) = op(self.socket, context) {
                return Poll::Ready(Ok(result));
            }
            let state = self.port.state(self.index);
            let (is_idle, is_low_level) = (state == WorkerState::Idle, self.timer.phase() == Phase::LowLevel);
            if is_idle || is_low_level {
                self.port.wait(self.index, state, context.waker());
            }
            let is_stopping = self.port.is_stopping();
            let gives_way = is_idle && (is_stopping || self.port.has_waiting_client());
            if self.remaining(gives_way).is_zero() || is_low_level && is_stopping {
                return Poll::Ready(Err(ErrorKind::TimedOut));
            }
            if mem::replace(&mut gave_way, gives_way) != gives_way {
                timer = None;
            }
            let sleep = timer.get_or_insert_with(|| Timer::after(to_embassy(self.remaining(gives_way))));
            Pin::new(sleep).poll(context).map(|()| Err(ErrorKind::TimedOut))
        })
        .await
    }
}

impl<const WORKERS: usize> Drop for WorkerStream<'_, '_, WORKERS> {
    fn drop(&mut self) {
        self.port.leave(self.index, self.socket.state() == State::Listen);
        self.socket.abort();
    }
}

impl<const WORKERS: usize> ErrorType for WorkerStream<'_, '_, WORKERS> {
    type Error = ErrorKind;
}

impl<const WORKERS: usize> Read for WorkerStream<'_, '_, WORKERS> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.timer.is_overdue(now) {
            return Err(ErrorKind::TimedOut);
        }
        // FIN or RST: no response reaches the peer after a RST, so both are the end of the stream.
        self.poll_io(|socket, context| pin!(socket.read(memory)).poll(context).map(|read| read.unwrap_or(0)))
            .await
    }
}

impl<const WORKERS: usize> Write for WorkerStream<'_, '_, WORKERS> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        // The socket would wait for free space even for an empty write.
        if bytes.is_empty() {
            return Ok(0);
        }
        let written = self.poll_io(|socket, context| pin!(socket.write(bytes)).poll(context)).await?;
        written.map_err(|_| ErrorKind::ConnectionReset)
    }

    /// Returns at once: the network task sends the buffered bytes. `TcpSocket::flush` would wait for their acknowledgement.
    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl<const WORKERS: usize> Transport for WorkerStream<'_, '_, WORKERS> {
    fn enter(&mut self, phase: Phase) {
        let state = if phase == Phase::Idle { WorkerState::Idle } else { WorkerState::Serving };
        self.port.enter(self.index, state);
        if matches!(phase, Phase::Idle | Phase::LowLevel) {
            self.watch_peer(phase == Phase::LowLevel);
        }
        self.timer.enter(phase);
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.watch_peer(self.is_watched || phase == Phase::LowLevel);
        self.timer.enter_for(phase, now(), limit);
    }

    async fn pause(&mut self, duration: Duration) {
        Timer::after(to_embassy(duration)).await;
    }

    /// Does nothing: the worker calls [`WorkerStream::close_gracefully`] after the last response.
    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.socket.remote_endpoint().map(SocketAddr::from)
    }

    fn keep_alive(&self) -> bool {
        !self.port.is_stopping() && self.port.has_room() && !self.port.has_waiting_client()
    }

    fn is_ending(&self) -> bool {
        self.port.is_stopping()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        log_response(|| peer(self.peer_addr()), record);
    }
}

/// Discards received bytes. Returns how many; 0 when the receive side is closed.
fn discard(socket: &mut TcpSocket<'_>, context: &mut Context<'_>) -> Poll<usize> {
    let discarded = pin!(socket.read_with(|bytes| (bytes.len(), bytes.len()))).poll(context);
    discarded.map(|count| count.unwrap_or(0))
}

/// Returns the time since the start of embassy's clock.
fn now() -> Duration {
    let ticks = Instant::now().as_ticks();
    // The product fits 64 bits at every tick rate of embassy-time.
    let nanos = ticks % TICK_HZ * 1_000_000_000 / TICK_HZ;
    Duration::from_secs(ticks / TICK_HZ) + Duration::from_nanos(nanos)
}

/// Converts to ticks, rounded up, at most 136 years.
fn to_embassy(duration: Duration) -> embassy_time::Duration {
    let whole = embassy_time::Duration::from_secs(duration.as_secs().min(u32::MAX.into()));
    whole + embassy_time::Duration::from_micros(duration.subsec_micros().into())
}
