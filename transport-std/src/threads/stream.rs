//! The transport of a blocking connection: its reads and writes end with the phase.
//! Invariant: a socket option is set only where the one before would let a call block for longer than the phase.

use std::any::Any;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embedded_io_async::{ErrorType, Read, Write};

use super::connection::SharedConnection;
use super::pool::Pool;
use crate::net::sendfile;
use crate::shared::context::ServerContext;
use crate::shared::date::DateCache;
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::late_writes::LateWrites;

/// How long the last attempt to write may block: the shortest time-out that every system has.
const LAST_TRY: Duration = Duration::from_millis(1);

/// A connection, its phase, and the time-outs of its socket. Every future is ready when it is first polled.
pub(super) struct DeadlineStream<'t> {
    pub(super) connection: &'t SharedConnection,
    pub(super) pool: &'t Pool,
    pub(super) server: &'t ServerContext,
    pub(super) log: ExchangeLog,
    pub(super) date: &'t mut DateCache,
    pub(super) timer: SocketTimer,
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
    late: LateWrites,
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
        }
    }
}

impl DeadlineStream<'_> {
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
            let mut remaining = self.timer.phase.remaining(self.timer.epoch.elapsed());
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

    /// Writes so many bytes as `count` says.
    fn write_with_deadline<N>(
        &mut self,
        op: impl FnMut(&TcpStream) -> io::Result<N>,
        count: fn(&N) -> usize,
    ) -> io::Result<N> {
        // A write that blocks goes on when a third of the socket's buffer is free; one that begins takes what is free.
        let written =
            self.with_deadline(|timer| &mut timer.write_timeout, TcpStream::set_write_timeout, true, op)?;
        self.timer.late.add(count(&written));
        Ok(written)
    }
}

impl ErrorType for DeadlineStream<'_> {
    type Error = io::Error;
}

impl Read for DeadlineStream<'_> {
    async fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let read = |mut socket: &TcpStream| socket.read(memory);
        self.with_deadline(|timer| &mut timer.read_timeout, TcpStream::set_read_timeout, false, read)
    }
}

impl Write for DeadlineStream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let more = self.more;
        let write = |mut socket: &TcpStream| {
            if more { sendfile::write_before(socket, bytes) } else { socket.write(bytes) }
        };
        self.write_with_deadline(write, |count| *count)
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for DeadlineStream<'_> {
    fn enter(&mut self, phase: Phase) {
        self.timer.phase.enter(phase);
        self.timer.late.enter(phase);
        match phase {
            Phase::Idle => self.connection.mark_idle(),
            Phase::Head => {
                self.log.start(&*self.server.config.observer, Instant::now);
                self.connection.mark_active();
            }
            _ => {}
        }
    }

    async fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            thread::yield_now();
        } else {
            thread::sleep(duration);
        }
    }

    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if length == 0 {
            return Ok(sendfile::is_supported(source).then_some(0));
        }
        self.write_with_deadline(
            |socket| sendfile::send(socket, source, offset, length),
            |count| count.unwrap_or(0),
        )
    }

    fn more(&mut self, more: bool) {
        self.more = more;
    }

    /// Marks the connection: its thread hands it to the `Lingerer`, which ends our side.
    async fn shutdown_write(&mut self) -> io::Result<bool> {
        self.lingers = true;
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.log.client
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.date.now())
    }

    fn keep_alive(&self) -> bool {
        // Another connection may wait for this thread.
        !self.server.state.is_stopping() && !self.pool.has_backlog()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.log.record(&*self.server.config.observer, || self.date.now(), record);
    }
}
