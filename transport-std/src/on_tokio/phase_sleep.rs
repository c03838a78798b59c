//! `PhaseSleep`: the sleep that ends the phases of a connection on tokio.
//! Invariant: what is ready touches no timer of tokio.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bantam::{Deadlines, Phase, PhaseTimer};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::shared::deadline::FAR;
use crate::shared::late_writes::LateWrites;

/// A [`PhaseTimer`] with a timer of tokio, which is created when something has to wait.
pub(super) struct PhaseSleep<'s> {
    timer: PhaseTimer<&'s Deadlines>,
    epoch: Instant,
    /// How long the rate of the connection has made writes wait: the phases lose no time by it.
    pub(super) waited: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<'s> PhaseSleep<'s> {
    pub(super) fn new(deadlines: &'s Deadlines) -> Self {
        Self { timer: PhaseTimer::new(deadlines), epoch: Instant::now(), waited: Duration::ZERO, sleep: None }
    }

    /// Enters a phase.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.timer.enter(phase);
    }

    /// Enters a phase that ends `limit` from now.
    pub(super) fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.timer.enter_for(phase, self.epoch.elapsed().saturating_sub(self.waited), limit);
    }

    pub(super) const fn phase(&self) -> Phase {
        self.timer.phase()
    }

    /// Returns true if a body that is read has taken too long.
    pub(super) fn is_overdue(&mut self) -> bool {
        self.timer.is_overdue(|| self.epoch.elapsed().saturating_sub(self.waited))
    }

    /// Ready at the end of the phase.
    pub(super) fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let deadline = match self.timer.remaining((now - self.epoch).saturating_sub(self.waited)) {
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
    pub(super) async fn with_deadline<R>(
        &mut self,
        op: impl Future<Output = io::Result<R>>,
    ) -> io::Result<R> {
        let mut op = pin!(op);
        poll_fn(|task| match op.as_mut().poll(task) {
            Poll::Pending => self.poll(task).map(|()| Err(ErrorKind::TimedOut.into())),
            ready => ready,
        })
        .await
    }
}

/// std's socket, whose writes raise no SIGPIPE, on a descriptor of its own.
pub(super) fn own_descriptor(socket: &TcpStream) -> io::Result<std::net::TcpStream> {
    Ok(SockRef::from(socket).try_clone()?.into())
}

/// The result of `op`, which writes so many bytes as `count` says. At the end of the phase `last_try` writes without tokio,
/// which waits until the system reports the socket writable: see [`LateWrites`].
pub(super) async fn write_in_time<R>(
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
