//! The transport of a connection on tokio, and the sleep that ends its phases.
//! Invariant: a read or write that is ready touches no timer of tokio.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read as _};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embedded_io_adapters::tokio_1::FromTokio;
use embedded_io_async::{ErrorType, Read, Write};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::worker_context::WorkerContext;
use crate::net::sendfile;
use crate::shared::deadline::FAR;
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::late_writes::LateWrites;

/// What the task of a connection knows while its transport is borrowed.
#[derive(Default)]
pub(super) struct ParkState {
    idle: Cell<bool>,
    read_any: Cell<bool>,
    /// The last response is written, and the peer may still send.
    pub(super) lingers: Cell<bool>,
}

impl ParkState {
    /// The connection is readable, and nothing of it has been read.
    pub(super) fn begin(&self) {
        self.idle.set(false);
        self.read_any.set(false);
    }

    /// Returns true if nothing has been read since the connection was readable.
    pub(super) fn is_parked(&self) -> bool {
        self.idle.get() && !self.read_any.get()
    }
}

/// A [`PhaseTimer`] with a timer of tokio, which is created when something has to wait.
pub(super) struct PhaseSleep<'s> {
    timer: PhaseTimer<&'s Deadlines>,
    epoch: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<'s> PhaseSleep<'s> {
    pub(super) fn new(deadlines: &'s Deadlines) -> Self {
        Self { timer: PhaseTimer::new(deadlines), epoch: Instant::now(), sleep: None }
    }

    /// Ready at the end of the phase.
    pub(super) fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let deadline = match self.timer.remaining(now - self.epoch) {
            Duration::ZERO => return Poll::Ready(()),
            remaining if remaining >= FAR => return Poll::Pending,
            remaining => now + remaining,
        };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() < deadline || sleep.deadline() > deadline + Duration::from_millis(1) {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(task)
    }

    /// The result of `op`, or `TimedOut` at the end of the phase.
    async fn with_deadline<R>(&mut self, op: impl Future<Output = io::Result<R>>) -> io::Result<R> {
        let mut op = pin!(op);
        poll_fn(|task| match op.as_mut().poll(task) {
            Poll::Pending => self.poll(task).map(|()| Err(ErrorKind::TimedOut.into())),
            ready => ready,
        })
        .await
    }
}

/// The result of `op`, which writes so many bytes as `count` says. At the end of the phase `last_try` writes without tokio,
/// which waits until the system reports the socket writable: see [`LateWrites`].
async fn write_in_time<R>(
    sleep: &mut PhaseSleep<'_>,
    late: &mut LateWrites,
    op: impl Future<Output = io::Result<R>>,
    last_try: impl FnOnce() -> io::Result<R>,
    count: fn(&R) -> usize,
) -> io::Result<R> {
    let mut op = pin!(op);
    let in_time = poll_fn(|task| match op.as_mut().poll(task) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending if !late.may_wait() => Poll::Ready(None),
        Poll::Pending => sleep.poll(task).map(|()| None),
    });
    let result = match in_time.await {
        Some(result) => result,
        None => {
            late.begin();
            last_try().map_err(|error| match error.kind() {
                ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
                _ => error,
            })
        }
    };
    result.inspect(|written| late.add(count(written)))
}

/// The transport of a connection that is served.
pub(super) struct PhaseStream<'s> {
    socket: FromTokio<&'s mut TcpStream>,
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
        context: &'s WorkerContext,
        park: &'s ParkState,
        client: Option<SocketAddr>,
        is_local: bool,
    ) -> Self {
        let sleep = PhaseSleep::new(&context.server.config.deadlines);
        let (socket, log) = (FromTokio::new(socket), ExchangeLog::new(client));
        let (late, was_short, more) = (LateWrites::default(), false, false);
        Self { socket, context, sleep, park, late, log, is_local, was_short, more }
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
        let PhaseSleep { timer, epoch, .. } = &mut self.sleep;
        if timer.is_overdue(|| epoch.elapsed()) {
            return Err(ErrorKind::TimedOut.into());
        }
        let count = self.read_short(memory).await?;
        self.was_short = count < memory.len();
        self.park.read_any.set(true);
        Ok(count)
    }
}

impl Write for PhaseStream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
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
        let last_try = || {
            // std's write, which raises no SIGPIPE, on a descriptor of its own.
            let socket = std::net::TcpStream::from(SockRef::from(socket).try_clone()?);
            io::Write::write(&mut &socket, bytes)
        };
        write_in_time(&mut self.sleep, &mut self.late, op, last_try, |count| *count).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for PhaseStream<'_> {
    fn enter(&mut self, phase: Phase) {
        self.park.idle.set(phase == Phase::Idle);
        if phase == Phase::Head {
            self.log.start(&*self.context.server.config.observer, std::time::Instant::now);
        }
        self.sleep.timer.enter(phase);
        self.late.enter(phase);
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
        if length == 0 {
            return Ok(sendfile::is_supported(source).then_some(0));
        }
        let socket = &**self.socket.inner();
        let send = || sendfile::send(socket, source, offset, length);
        let op = socket.async_io(Interest::WRITABLE, send);
        write_in_time(&mut self.sleep, &mut self.late, op, send, |count| count.unwrap_or(0)).await
    }

    fn more(&mut self, more: bool) {
        self.more = more;
    }

    /// Marks the connection: its task hands it to the `Lingerer`, which ends our side.
    async fn shutdown_write(&mut self) -> io::Result<bool> {
        self.park.lingers.set(true);
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.log.client
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.context.date())
    }

    fn keep_alive(&self) -> bool {
        !self.context.is_draining()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.log.record(&*self.context.server.config.observer, || self.context.date(), record);
    }
}
