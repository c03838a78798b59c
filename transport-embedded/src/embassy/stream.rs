//! Law: whoever waits for a socket is woken by it, or by the end of the phase, whichever is first.

use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use core::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embassy_net::tcp::{State, TcpSocket};
use embassy_time::{Instant, TICK_HZ, Timer};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use super::port::Port;
use crate::notice;

/// A worker's socket. When it is dropped the socket is aborted, and can listen again.
pub(super) struct Stream<'w, 's> {
    port: &'w Port,
    socket: &'w mut TcpSocket<'s>,
    watch: PhaseTimer<&'w Deadlines>,
}

impl<'w, 's> Stream<'w, 's> {
    pub(super) fn new(port: &'w Port, socket: &'w mut TcpSocket<'s>) -> Self {
        // The core writes whole answers: there is nothing to wait for.
        socket.set_nagle_enabled(false);
        Self { port, socket, watch: PhaseTimer::new(port.deadlines()) }
    }

    #[cfg(any(feature = "log", feature = "defmt"))]
    pub(super) fn peer(&self) -> SocketAddr {
        peer(self.socket)
    }

    /// Waits for a client.
    pub(super) async fn accept(&mut self) {
        let _listening = self.port.listen();
        // Half a handshake does not keep a socket for ever. Afterwards it is the phases that have an end: a page may pause
        // for longer than any of them, and then a peer that is silent, too, is not gone.
        self.socket.set_timeout(Some(span(self.port.deadlines().response)));
        loop {
            self.socket.abort();
            // A closed socket can listen on any port but 0, which `Port::new` has refused.
            let _ = self.socket.accept(self.port.number()).await;
            if self.socket.state() != State::Closed {
                break;
            }
        }
        self.socket.set_timeout(None);
        notice::notice!(debug, "{}: accepted", peer(self.socket));
        self.watch.enter(Phase::Idle);
    }

    /// Ends the connection the polite way: all of the last answer, our end, and the peer's, if it comes soon.
    pub(super) async fn see_off(&mut self) {
        self.socket.close();
        // Until the peer has acknowledged our end it may not know of it; after that only its own is missing. What still
        // comes is thrown away, so that the window does not close before the last answer is taken.
        self.watch.enter(Phase::Response);
        let told = self.when(|socket, context| {
            let _ = discard(socket, context);
            pin!(socket.flush()).poll(context)
        });
        if told.await.is_ok() {
            self.watch.enter(Phase::Close);
            let _ = self.when(discard).await;
        }
    }

    /// Ends what is left of the connection: TIME-WAIT is not waited out, or the workers would all be in it.
    pub(super) async fn reset(&mut self) {
        self.socket.abort();
        // A peer that cannot be told is not told.
        self.watch.enter(Phase::Close);
        let _ = self.when(|socket, context| pin!(socket.flush()).poll(context)).await;
    }

    /// Does something with the socket once it can be done, within the time of the phase. While it cannot, `act` leaves a
    /// waker with the socket: the futures of a [`TcpSocket`] keep nothing from one poll to the next but that.
    async fn when<R>(
        &mut self,
        mut act: impl FnMut(&mut TcpSocket<'s>, &mut Context<'_>) -> Poll<R>,
    ) -> Result<R, ErrorKind> {
        let mut alarm = None;
        poll_fn(|context| {
            if let Poll::Ready(done) = act(self.socket, context) {
                return Poll::Ready(Ok(done));
            }
            let alarm = alarm.get_or_insert_with(|| Timer::after(span(self.watch.remaining(now()))));
            Pin::new(alarm).poll(context).map(|()| Err(ErrorKind::TimedOut))
        })
        .await
    }
}

impl Drop for Stream<'_, '_> {
    fn drop(&mut self) {
        self.socket.abort();
    }
}

impl ErrorType for Stream<'_, '_> {
    type Error = ErrorKind;
}

impl Read for Stream<'_, '_> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        // The peer's end; or it is gone, and then nobody is there to tell the difference to.
        self.when(|socket, context| pin!(socket.read(memory)).poll(context).map(|read| read.unwrap_or(0)))
            .await
    }
}

impl Write for Stream<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        // A socket waits for room, also for nothing.
        if bytes.is_empty() {
            return Ok(0);
        }
        let written = self.when(|socket, context| pin!(socket.write(bytes)).poll(context)).await?;
        written.map_err(|_| ErrorKind::ConnectionReset)
    }

    /// What is written is sent at the stack's next turn. `TcpSocket::flush` would wait until the peer has it.
    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Transport for Stream<'_, '_> {
    fn enter(&mut self, phase: Phase) {
        self.watch.enter(phase);
    }

    async fn pause(&mut self, duration: Duration) {
        Timer::after(span(duration)).await;
    }

    /// [`Stream::see_off`] does, when the core is done.
    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.socket.remote_endpoint().map(SocketAddr::from)
    }

    fn keep_alive(&self) -> bool {
        self.port.listening() > 0
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        notice::log_response(peer(self.socket), record);
    }
}

/// Who is at the other end, for people to read; nobody's address where it is gone.
fn peer(socket: &TcpSocket<'_>) -> SocketAddr {
    let nobody = SocketAddr::from(([0, 0, 0, 0], 0));
    socket.remote_endpoint().map_or(nobody, SocketAddr::from)
}

/// Throws away what has come; ready when nothing more can.
fn discard(socket: &mut TcpSocket<'_>, context: &mut Context<'_>) -> Poll<()> {
    let mut scrap = [0; 64];
    loop {
        match pin!(socket.read(&mut scrap)).poll(context) {
            Poll::Ready(Ok(1..)) => {}
            Poll::Ready(_) => return Poll::Ready(()),
            Poll::Pending => return Poll::Pending,
        }
    }
}

/// The time since the clock's zero.
fn now() -> Duration {
    let ticks = Instant::now().as_ticks();
    // Less than a second's worth of ticks, in nanoseconds, fits 64 bits at any rate that embassy-time knows.
    let nanos = ticks % TICK_HZ * 1_000_000_000 / TICK_HZ;
    Duration::from_secs(ticks / TICK_HZ) + Duration::from_nanos(nanos)
}

/// The same duration in ticks, rounded up; 136 years are without end.
fn span(duration: Duration) -> embassy_time::Duration {
    let whole = embassy_time::Duration::from_secs(duration.as_secs().min(u32::MAX.into()));
    whole + embassy_time::Duration::from_micros(duration.subsec_micros().into())
}
