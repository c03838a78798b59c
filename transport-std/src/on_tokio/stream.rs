//! The transport of a connection on tokio.
//! Invariant: a read or write that is ready touches no timer of tokio.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::{Future as _, poll_fn};
use std::io::{self, ErrorKind, Read as _};
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::pin::pin;
use std::task::{Poll, ready};
use std::time::Duration;

use bantam::{ExchangeRecord, Phase, Transport};
use embedded_io_adapters::tokio_1::FromTokio;
use embedded_io_async::{ErrorType, Read, Write};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::phase_sleep::{PhaseSleep, own_descriptor, write_in_time};
use super::tls_stream::{TlsStream, pending_if_blocked};
use super::worker_context::WorkerContext;
use crate::net::sendfile;
use crate::shared::deadline::FAR;
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::late_writes::LateWrites;
use crate::shared::pacer::Pacer;
use crate::tls::Session;

/// What the task of a connection knows while its transport is borrowed.
pub(super) struct ParkState {
    idle: Cell<bool>,
    read_any: Cell<bool>,
    /// The last response is written, and the peer may still send.
    pub(super) lingers: Cell<bool>,
    opened: Instant,
    /// How many requests have begun.
    requests: Cell<u32>,
    pacer: Cell<Pacer>,
}

impl ParkState {
    pub(super) fn new() -> Self {
        let (idle, read_any, lingers) = <(Cell<_>, Cell<_>, Cell<_>)>::default();
        Self {
            idle,
            read_any,
            lingers,
            opened: Instant::now(),
            requests: Cell::new(0),
            pacer: Cell::default(),
        }
    }

    /// The time since the connection was accepted.
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// The connection is readable, and nothing of it has been read. `is_paced`: its rate is limited.
    pub(super) fn begin(&self, is_paced: bool) {
        self.idle.set(false);
        self.read_any.set(false);
        if is_paced {
            let mut pacer = self.pacer.get();
            pacer.restart_phase_time();
            self.pacer.set(pacer);
        }
    }

    /// Returns true if nothing has been read since the connection was readable.
    pub(super) fn is_parked(&self) -> bool {
        self.idle.get() && !self.read_any.get()
    }
}

/// The transport of a connection that is served.
pub(super) struct PhaseStream<'s> {
    socket: FromTokio<&'s mut TcpStream>,
    tls: Option<&'s mut Session>,
    context: &'s WorkerContext,
    sleep: PhaseSleep<'s>,
    park: &'s ParkState,
    late: LateWrites,
    log: ExchangeLog,
    /// The peer's end is a Unix socket.
    is_local: bool,
    /// The last read did not fill the memory.
    was_short: bool,
    /// A file follows what is written.
    more: bool,
}

impl<'s> PhaseStream<'s> {
    pub(super) fn new(
        socket: &'s mut TcpStream,
        tls: Option<&'s mut Session>,
        context: &'s WorkerContext,
        park: &'s ParkState,
        client: Option<SocketAddr>,
        is_local: bool,
    ) -> Self {
        let sleep = PhaseSleep::new(&context.server.config.deadlines);
        let (socket, log) =
            (FromTokio::new(socket), ExchangeLog::new(client, tls.as_deref().and_then(Session::version)));
        let (late, was_short, more) = (LateWrites::default(), false, false);
        Self { socket, tls, context, sleep, park, late, log, is_local, was_short, more }
    }

    /// How many bytes a second may be written; `None` for any number.
    const fn rate(&self) -> Option<NonZeroU64> {
        self.context.server.config.limits.max_rate
    }

    /// Waits until the rate of the connection allows another byte. Returns how many.
    async fn paced(&mut self) -> usize {
        let rate = self.rate();
        loop {
            let (mut pacer, age) = (self.park.pacer.get(), self.park.age());
            let polled = pacer.poll(rate, || age);
            self.park.pacer.set(pacer);
            self.sleep.waited = age.saturating_sub(pacer.phase_time(age));
            match polled {
                Ok(limit) => return limit,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Counts bytes of a response that are written.
    #[inline]
    fn charge(&self, count: usize) {
        let rate = self.rate();
        if rate.is_some() {
            let mut pacer = self.park.pacer.get();
            pacer.charge(rate, || self.park.age(), count);
            self.park.pacer.set(pacer);
        }
    }

    /// Reads what is decrypted, or has come.
    async fn read_tls(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let Some(session) = self.tls.as_deref_mut() else { return self.read_short(memory).await };
        let socket = &**self.socket.inner();
        let read = poll_fn(|task| pending_if_blocked(session.read(&mut TlsStream { socket, task }, memory)));
        self.sleep.with_deadline(read).await
    }

    /// Calls `op`, which writes so many bytes as `count` says, with the TLS of the connection and its stream; `None` for a plain
    /// connection.
    async fn write_tls<R>(
        &mut self,
        op: impl Fn(&mut Session, &mut dyn io::Write) -> io::Result<R>,
        count: fn(&R) -> usize,
    ) -> Option<io::Result<R>> {
        let (socket, session) = (&**self.socket.inner(), RefCell::new(self.tls.as_deref_mut()?));
        let in_time =
            poll_fn(|task| pending_if_blocked(op(*session.borrow_mut(), &mut TlsStream { socket, task })));
        let last_try = || op(*session.borrow_mut(), &mut &own_descriptor(socket)?);
        Some(write_in_time(&mut self.sleep, &mut self.late, in_time, last_try, count).await)
    }

    /// Reads until the kernel has nothing left, where a read that does not fill the memory may leave something: tokio would wait
    /// for the next edge. On a Unix socket that is behind a message with descriptors (unix(7)), on TCP at the mark of urgent data
    /// (tcp(7)). There it is looked for inside of a message only, so that a request costs no second read.
    async fn read_short(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let socket = &**self.socket.inner();
        if self.is_local {
            let read = poll_fn(|task| {
                loop {
                    ready!(socket.poll_read_ready(task))?;
                    match socket.try_read(memory) {
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        read => return Poll::Ready(read),
                    }
                }
            });
            return self.sleep.with_deadline(read).await;
        }
        if self.was_short && !self.park.idle.get() {
            // A read past tokio's readiness costs none of the task's budget: a peer that is always faster would keep the worker.
            tokio::task::coop::consume_budget().await;
            match (&*SockRef::from(socket)).read(memory) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
        self.sleep.with_deadline(self.socket.read(memory)).await
    }
}

impl ErrorType for PhaseStream<'_> {
    type Error = io::Error;
}

impl Read for PhaseStream<'_> {
    async fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        if self.sleep.is_overdue() {
            return Err(ErrorKind::TimedOut.into());
        }
        let count = if self.sleep.phase() == Phase::LowLevel {
            let (context, mut read) = (self.context, pin!(self.read_tls(memory)));
            let mut ending = pin!(context.ending());
            let first = poll_fn(|task| match read.as_mut().poll(task) {
                Poll::Pending => ending.as_mut().poll(task).map(|()| Err(ErrorKind::TimedOut.into())),
                ready => ready,
            });
            first.await?
        } else {
            self.read_tls(memory).await?
        };
        self.was_short = count < memory.len();
        self.park.read_any.set(true);
        Ok(count)
    }
}

impl Write for PhaseStream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = match self.rate() {
            Some(_) => bytes.get(..self.paced().await).unwrap_or(bytes),
            None => bytes,
        };
        if let Some(written) =
            self.write_tls(|session, mut stream| session.write(&mut stream, bytes), |count| *count).await
        {
            return written.inspect(|count| self.charge(*count));
        }
        let (socket, more) = (&**self.socket.inner(), self.more);
        let write = || match more {
            true => socket.try_io(Interest::WRITABLE, || sendfile::write_before(socket, bytes)),
            false => socket.try_write(bytes),
        };
        let op = poll_fn(|task| {
            loop {
                ready!(socket.poll_write_ready(task))?;
                match write() {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    written => return Poll::Ready(written),
                }
            }
        });
        let last_try = || io::Write::write(&mut &own_descriptor(socket)?, bytes);
        let written = write_in_time(&mut self.sleep, &mut self.late, op, last_try, |count| *count).await;
        written.inspect(|count| self.charge(*count))
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write_tls(|session, mut stream| session.flush(&mut stream), |()| 0).await.unwrap_or(Ok(()))
    }
}

impl Transport for PhaseStream<'_> {
    fn enter(&mut self, phase: Phase) {
        self.park.idle.set(phase == Phase::Idle);
        if phase == Phase::Head {
            self.park.requests.set(self.park.requests.get().saturating_add(1));
            self.log.start(&*self.context.server.config.observer, std::time::Instant::now);
        }
        self.sleep.enter(phase);
        self.late.enter(phase);
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.enter(phase);
        self.sleep.enter_for(phase, limit);
    }

    async fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(duration.min(FAR)).await;
        }
    }

    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if self.tls.is_some() {
            return Ok(None);
        }
        if length == 0 {
            return Ok(sendfile::is_supported(source).then_some(0));
        }
        let length = match self.rate() {
            Some(_) => length.min(self.paced().await),
            None => length,
        };
        let socket = &**self.socket.inner();
        let send = || sendfile::send(socket, source, offset, length);
        let op = socket.async_io(Interest::WRITABLE, send);
        let sent = write_in_time(&mut self.sleep, &mut self.late, op, send, |count| count.unwrap_or(0)).await;
        sent.inspect(|count| self.charge(count.unwrap_or(0)))
    }

    fn more(&mut self, more: bool) {
        self.more = more;
    }

    /// Ends our side of TLS, and marks the connection: its task hands it to the `Lingerer`, which ends our side of TCP.
    async fn shutdown_write(&mut self) -> io::Result<bool> {
        let _ = self.write_tls(|session, mut stream| session.close(&mut stream), |()| 0).await;
        self.park.lingers.set(true);
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.log.client
    }

    fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.context.date())
    }

    fn keep_alive(&self) -> bool {
        let limits = &self.context.server.config.limits;
        !self.context.is_draining()
            && limits.allow(|| self.park.requests.get(), || self.park.age() >= limits.max_age)
    }

    fn is_ending(&self) -> bool {
        self.context.is_draining()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.log.record(&*self.context.server.config.observer, || self.context.date(), record);
    }
}
