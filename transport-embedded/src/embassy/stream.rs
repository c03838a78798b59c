//! A worker's socket as a [`Transport`].
//! Invariant: an operation that would block is woken by the socket or fails at the phase's deadline.

use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use core::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embassy_net::tcp::{State, TcpSocket};
use embassy_time::{Instant, TICK_HZ, Timer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use super::server_port::ServerPort;
use crate::log::{event, log_response, peer};

/// The socket of a worker. Dropping it aborts the connection; the socket can listen again.
pub(super) struct WorkerStream<'w, 's> {
    port: &'w ServerPort,
    socket: &'w mut TcpSocket<'s>,
    timer: PhaseTimer<&'w Deadlines>,
}

impl<'w, 's> WorkerStream<'w, 's> {
    pub(super) fn new(port: &'w ServerPort, socket: &'w mut TcpSocket<'s>) -> Self {
        // The core writes whole responses, so Nagle's algorithm only delays them.
        socket.set_nagle_enabled(false);
        Self { port, socket, timer: PhaseTimer::new(&port.deadlines) }
    }

    /// Waits for a connection, without a deadline.
    pub(super) async fn accept(&mut self) {
        let _idle = self.port.listen();
        // The limit of a handshake. From then on the phases have deadlines. A page may pause for longer than the socket's
        // timeout, which would reset a connection whose peer is silent, too.
        self.socket.set_timeout(Some(to_embassy(self.port.deadlines.response)));
        loop {
            self.socket.abort();
            // Fails only for port 0, which `ServerPort::new` rejects.
            let _ = self.socket.accept(self.port.number).await;
            if self.socket.state() != State::Closed {
                break;
            }
        }
        self.socket.set_timeout(None);
        event!(debug, "{}: accepted", peer(self.peer_addr()));
        self.timer.enter(Phase::Idle);
    }

    /// Sends FIN after the last response, and waits for the peer's acknowledgement and FIN. Drops what the peer still sends,
    /// for [`Deadlines::response`] at most: it may have to send its whole request before it takes the last response.
    pub(super) async fn close_gracefully(&mut self) {
        self.socket.close();
        self.timer.enter(Phase::Response);
        let until = now().saturating_add(self.port.deadlines.response);
        // Discarding keeps the receive window open.
        let acknowledged = self.poll_io(|socket, context| {
            while let Poll::Ready(1..) = discard(socket, context) {}
            pin!(socket.flush()).poll(context)
        });
        if acknowledged.await.is_ok() {
            self.timer.enter(Phase::Close);
            // The time begins anew with bytes of the peer.
            while let Ok(1..) = self.poll_io(discard).await
                && now() < until
            {
                self.timer.enter(Phase::Close);
            }
        }
    }

    /// Aborts the connection. TIME-WAIT is skipped: it would occupy the few workers that there are.
    pub(super) async fn reset(&mut self) {
        self.socket.abort();
        // Waits until RST is sent; without a route to the peer it never is.
        self.timer.enter(Phase::Close);
        let _ = self.poll_io(|socket, context| pin!(socket.flush()).poll(context)).await;
    }

    /// Polls `op` until it is ready, or until the phase's deadline. While pending, `op` leaves a waker with the
    /// socket. Its futures may be made anew for every poll: those of a [`TcpSocket`] have no other state.
    async fn poll_io<R>(
        &mut self,
        mut op: impl FnMut(&mut TcpSocket<'s>, &mut Context<'_>) -> Poll<R>,
    ) -> Result<R, ErrorKind> {
        let mut timer = None;
        poll_fn(|context| {
            if let Poll::Ready(result) = op(self.socket, context) {
                return Poll::Ready(Ok(result));
            }
            let timer = timer.get_or_insert_with(|| Timer::after(to_embassy(self.timer.remaining(now()))));
            Pin::new(timer).poll(context).map(|()| Err(ErrorKind::TimedOut))
        })
        .await
    }
}

impl Drop for WorkerStream<'_, '_> {
    fn drop(&mut self) {
        self.socket.abort();
    }
}

impl ErrorType for WorkerStream<'_, '_> {
    type Error = ErrorKind;
}

impl Read for WorkerStream<'_, '_> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.timer.is_overdue(now) {
            return Err(ErrorKind::TimedOut);
        }
        // FIN or RST: no response reaches the peer after a RST, so both are the end of the stream.
        self.poll_io(|socket, context| pin!(socket.read(memory)).poll(context).map(|read| read.unwrap_or(0)))
            .await
    }
}

impl Write for WorkerStream<'_, '_> {
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

impl Transport for WorkerStream<'_, '_> {
    fn enter(&mut self, phase: Phase) {
        self.timer.enter(phase);
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
        self.port.idle_workers() > 0
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
