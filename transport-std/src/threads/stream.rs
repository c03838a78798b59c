//! The transport of a blocking connection: its reads and writes end with the phase.
//! Invariant: a socket option is set only where the one before would let a call block for longer than the phase. A read in
//! [`Phase::LowLevel`], and whatever follows it on the connection, does not block but is pending.

use std::any::Any;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use bantam::{Deadlines, ExchangeRecord, MAX_WRITE, Phase, PhaseTimer, Transport};
use embedded_io_async::{ErrorType, Read, Write};

use super::connection::SharedConnection;
use super::park::Parker;
use super::polled_socket::PolledSocket;
use super::pool::Pool;
use crate::net::sendfile;
use crate::shared::config::Config;
use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;
use crate::shared::deadline::{deadline_in, until};
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::late_writes::LateWrites;
use crate::shared::pacer::Pacer;
use crate::tls::Session;

/// How long the last attempt to write may block: the shortest time-out that every system has.
const LAST_TRY: Duration = Duration::from_millis(1);

/// A connection, its phase, and the time-outs of its socket. The future of a read or write is ready when it is first polled, until the
/// socket is polled.
pub(super) struct DeadlineStream<'t> {
    pub(super) connection: &'t SharedConnection,
    pub(super) parker: &'t Parker,
    /// The socket does not block any more: a page has waited for its peer and for something else at once.
    pub(super) polled: Option<PolledSocket<'t>>,
    pub(super) pool: &'t Pool,
    pub(super) server: &'t ServerContext,
    pub(super) log: ExchangeLog,
    pub(super) date: &'t mut DateCache,
    pub(super) timer: SocketTimer,
    /// How many requests have begun.
    pub(super) requests: u32,
    pub(super) tls: Option<Box<Session>>,
    /// A file follows what is written.
    pub(super) more: bool,
    /// The last response is written, and the peer may still send.
    pub(super) lingers: bool,
}

/// The deadline of the phase, and SO_RCVTIMEO and SO_SNDTIMEO, which are [`Duration::MAX`] for none.
pub(super) struct SocketTimer {
    phase: PhaseTimer,
    epoch: Instant,
    read_timeout: Duration,
    write_timeout: Duration,
    pub(super) late: LateWrites,
    pacer: Pacer,
}

impl SocketTimer {
    pub(super) fn new(deadlines: Deadlines) -> Self {
        let (phase, epoch) = (PhaseTimer::new(deadlines), Instant::now());
        Self {
            phase,
            epoch,
            read_timeout: Duration::MAX,
            write_timeout: Duration::MAX,
            late: LateWrites::default(),
            pacer: Pacer::default(),
        }
    }

    /// How much longer the phase may take.
    fn remaining(&mut self) -> Duration {
        self.phase.remaining(self.pacer.phase_time(self.epoch.elapsed()))
    }

    fn is_overdue(&mut self) -> bool {
        self.phase.is_overdue(|| self.pacer.phase_time(self.epoch.elapsed()))
    }

    /// Enters a phase that ends `limit` from now.
    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.phase.enter_for(phase, self.pacer.phase_time(self.epoch.elapsed()), limit);
    }
}

impl DeadlineStream<'_> {
    /// Prepares a read where a page may wait for something else, too: from now on the socket does not block.
    fn prepare_pending(&mut self) -> io::Result<()> {
        if self.polled.is_none() {
            self.polled = Some(PolledSocket::register(self.parker, &self.connection.socket)?);
            self.connection.wake_at_stop(self.parker.waker());
        }
        if self.timer.is_overdue() { Err(ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    /// Blocks until something has come.
    pub(super) fn read_socket(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let read = |mut socket: &TcpStream| socket.read(memory);
        self.with_deadline(|timer| &mut timer.read_timeout, TcpStream::set_read_timeout, false, read)
    }

    /// Blocks until something is written.
    pub(super) fn write_socket<N>(&mut self, op: impl FnMut(&TcpStream) -> io::Result<N>) -> io::Result<N> {
        self.with_deadline(|timer| &mut timer.write_timeout, TcpStream::set_write_timeout, true, op)
    }

    /// Calls `op`; where that would block, has the thread sleep until the phase ends. One that `writes` is called once more then.
    pub(super) fn poll_io<N>(
        &mut self,
        writes: bool,
        mut op: impl FnMut(&TcpStream) -> io::Result<N>,
    ) -> Poll<io::Result<N>> {
        let remaining = self.timer.remaining();
        let SocketTimer { phase, late, .. } = &mut self.timer;
        if remaining.is_zero() && writes {
            late.begin();
        }
        let is_ending = || phase.phase() == Phase::LowLevel && self.server.state.is_stopping();
        match op(&self.connection.socket) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if if writes { !late.may_wait() } else { remaining.is_zero() || is_ending() } {
                    return Poll::Ready(Err(ErrorKind::TimedOut.into()));
                }
                self.parker.wake_at(deadline_in(remaining));
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }

    /// Calls `op` until it does not time out, or the phase ends. `timeout` and `set` are those of the option that ends it.
    /// One that `writes` is called once more when the phase has ended: see [`LateWrites`].
    fn with_deadline<N>(
        &mut self,
        timeout: fn(&mut SocketTimer) -> &mut Duration,
        set: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
        writes: bool,
        mut op: impl FnMut(&TcpStream) -> io::Result<N>,
    ) -> io::Result<N> {
        let (socket, mut timed_out_early) = (&self.connection.socket, false);
        loop {
            let mut remaining = self.timer.remaining();
            if remaining.is_zero() {
                if !writes {
                    return Err(ErrorKind::TimedOut.into());
                }
                self.timer.late.begin();
            }
            let may_wait = !writes || self.timer.late.may_wait();
            if !may_wait {
                remaining = LAST_TRY;
            }
            if timed_out_early || *timeout(&mut self.timer) > remaining {
                set(socket, (remaining != Duration::MAX).then_some(remaining))?;
                *timeout(&mut self.timer) = remaining;
            }
            match op(socket) {
                // Which of the two a time-out is depends on the system.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if !may_wait {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    timed_out_early = true;
                }
                result => return result,
            }
        }
    }

    /// Waits until the rate of the connection allows another byte. Returns how many.
    async fn paced(&mut self) -> usize {
        let SocketTimer { pacer, epoch, .. } = &mut self.timer;
        let rate = self.server.config.limits.max_rate;
        poll_fn(|_| match pacer.poll(rate, || epoch.elapsed()) {
            Ok(limit) => Poll::Ready(limit),
            Err(wait) => {
                self.parker.wake_at(deadline_in(wait));
                Poll::Pending
            }
        })
        .await
    }

    /// Counts bytes of a response that are written.
    #[inline]
    fn charge(&mut self, count: usize) {
        let SocketTimer { pacer, epoch, .. } = &mut self.timer;
        pacer.charge(self.server.config.limits.max_rate, || epoch.elapsed(), count);
    }

    /// Writes so many bytes as `count` says.
    async fn write_with_deadline<N>(
        &mut self,
        mut op: impl FnMut(&TcpStream) -> io::Result<N>,
        count: fn(&N) -> usize,
    ) -> io::Result<N> {
        // A write that blocks goes on when a third of the socket's buffer is free; one that begins takes what is free.
        let written = if self.polled.is_some() {
            poll_fn(|_| self.poll_io(true, &mut op)).await?
        } else {
            self.write_socket(op)?
        };
        self.timer.late.add(count(&written));
        self.charge(count(&written));
        Ok(written)
    }
}

impl ErrorType for DeadlineStream<'_> {
    type Error = io::Error;
}

impl Read for DeadlineStream<'_> {
    async fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let is_pending = self.polled.is_some() || self.timer.phase.phase() == Phase::LowLevel;
        if is_pending {
            self.prepare_pending()?;
        }
        if let Some(read) = self.with_tls(false, |session, stream| session.read(stream, memory)).await {
            return read;
        }
        if is_pending {
            return poll_fn(|_| self.poll_io(false, |mut socket| socket.read(memory))).await;
        }
        self.read_socket(memory)
    }
}

impl Write for DeadlineStream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = match self.server.config.limits.max_rate {
            Some(_) => bytes.get(..self.paced().await).unwrap_or(bytes),
            None => bytes,
        };
        if let Some(written) = self.with_tls(true, |session, stream| session.write(stream, bytes)).await {
            return written.inspect(|count| self.charge(*count));
        }
        let more = self.more;
        let write = |mut socket: &TcpStream| {
            if more { sendfile::write_before(socket, bytes) } else { socket.write(bytes) }
        };
        self.write_with_deadline(write, |count| *count).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.with_tls(true, |session, stream| session.flush(stream)).await.unwrap_or(Ok(()))
    }
}

impl Transport for DeadlineStream<'_> {
    fn enter(&mut self, phase: Phase) {
        self.timer.phase.enter(phase);
        self.timer.late.enter(phase);
        match phase {
            Phase::Idle => {
                self.connection.mark_idle();
                let Config { limits, deadlines, .. } = &self.server.config;
                if limits.max_age != Duration::MAX {
                    let limit = limits.idle_time(deadlines.idle, || self.connection.age());
                    self.timer.enter_for(phase, limit);
                }
            }
            Phase::Head => {
                self.requests = self.requests.saturating_add(1);
                self.log.start(&*self.server.config.observer, Instant::now);
                self.connection.mark_active();
            }
            _ => {}
        }
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.enter(phase);
        self.timer.enter_for(phase, limit);
    }

    async fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            return thread::yield_now();
        }
        let deadline = deadline_in(duration);
        poll_fn(|_| match until(deadline) {
            Some(Duration::ZERO) => Poll::Ready(()),
            _ => {
                self.parker.wake_at(deadline);
                Poll::Pending
            }
        })
        .await;
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
        // The call waits until all of it is taken, under one deadline.
        let length = length.min(MAX_WRITE);
        let length = match self.server.config.limits.max_rate {
            Some(_) => length.min(self.paced().await),
            None => length,
        };
        self.write_with_deadline(
            |socket| sendfile::send(socket, source, offset, length),
            |count| count.unwrap_or(0),
        )
        .await
    }

    fn more(&mut self, more: bool) {
        self.more = more;
    }

    /// Ends our side of TLS, and marks the connection: its thread hands it to the `Lingerer`, which ends our side of TCP.
    async fn shutdown_write(&mut self) -> io::Result<bool> {
        self.close_tls().await;
        self.lingers = true;
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.log.client
    }

    fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.date.now())
    }

    fn keep_alive(&self) -> bool {
        // Another connection may wait for this thread.
        let limits = &self.server.config.limits;
        !self.server.state.is_stopping()
            && !self.pool.has_backlog()
            && limits.allow(|| self.requests, || self.connection.age() >= limits.max_age)
    }

    fn is_ending(&self) -> bool {
        self.server.state.is_stopping()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.log.record(&*self.server.config.observer, || self.date.now(), record);
    }
}
