//! Law: tokio's timer is asked for only by what has to wait, and set anew only where a phase has a new end.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embedded_io_adapters::tokio_1::FromTokio;
use embedded_io_async::{ErrorType, Read, Write};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::worker_context::Room;
use crate::access::observer::AccessRecord;
use crate::net::sendfile;

/// A connection that is served.
pub(super) struct Stream<'s> {
    pub(super) socket: FromTokio<&'s mut TcpStream>,
    pub(super) room: &'s Room,
    pub(super) address: Option<SocketAddr>,
    pub(super) timer: Timer<'s>,
    pub(super) state: &'s State,
    /// When the request has begun.
    pub(super) begun: Instant,
}

/// What is known of a connection while its stream is lent to the core.
#[derive(Debug, Default)]
pub(super) struct State {
    idle: Cell<bool>,
    heard: Cell<bool>,
}

impl State {
    /// Is there nothing to serve yet?
    pub(super) fn waits_for_first_byte(&self) -> bool {
        self.idle.get() && !self.heard.get()
    }
}

/// The end of a phase.
#[derive(Debug)]
pub(super) struct Timer<'s> {
    watch: PhaseTimer<&'s Deadlines>,
    since: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<'s> Timer<'s> {
    pub(super) fn new(deadlines: &'s Deadlines) -> Self {
        Self { watch: PhaseTimer::new(deadlines), since: Instant::now(), sleep: None }
    }

    /// Ready when the phase's time is up.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let until = match self.watch.remaining(now - self.since) {
            Duration::ZERO => return Poll::Ready(()),
            left => match now.checked_add(left) {
                Some(until) => until,
                None => return Poll::Pending,
            },
        };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() < until || sleep.deadline() > until + Duration::from_millis(1) {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(context)
    }

    /// The result of `act`, if it comes in time.
    async fn limit<R>(&mut self, act: impl Future<Output = io::Result<R>>) -> io::Result<R> {
        let mut act = pin!(act);
        poll_fn(|context| match act.as_mut().poll(context) {
            Poll::Pending => self.poll(context).map(|()| Err(ErrorKind::TimedOut.into())),
            ready => ready,
        })
        .await
    }
}

impl ErrorType for Stream<'_> {
    type Error = io::Error;
}

impl Read for Stream<'_> {
    async fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let count = self.timer.limit(self.socket.read(memory)).await?;
        self.state.heard.set(true);
        Ok(count)
    }
}

impl Write for Stream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.timer.limit(self.socket.write(bytes)).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Stream<'_> {
    fn enter(&mut self, phase: Phase) {
        self.state.idle.set(phase == Phase::Idle);
        if phase == Phase::Head {
            self.begun = Instant::now();
        }
        self.timer.watch.enter(phase);
    }

    async fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(duration).await;
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
        let send = socket.async_io(Interest::WRITABLE, || sendfile::send(socket, source, offset, length));
        self.timer.limit(send).await
    }

    async fn shutdown_write(&mut self) -> io::Result<bool> {
        SockRef::from(&**self.socket.inner()).shutdown(Shutdown::Write).map(|()| true)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.address
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.room.date())
    }

    fn keep_alive(&self) -> bool {
        !self.room.is_closing()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let observer = &*self.room.orders.observer;
        let took = if observer.needs_duration() { self.begun.elapsed() } else { Duration::ZERO };
        observer.on_response(&AccessRecord {
            client: self.address,
            date: self.room.date(),
            duration: took,
            record,
        });
    }
}
