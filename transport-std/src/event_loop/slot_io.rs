//! State that a slot's future shares with its worker: the worker attaches a connection, the future records what it is
//! blocked on.
//! Invariant: a connection makes at most `IO_BUDGET` reads and writes before the worker polls the next one.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Outcome, Phase, PhaseTimer, Transport};
use embedded_io::ErrorType;
use embedded_io_async::{Read, Write};

use super::connection::PolledConnection;
use super::loop_context::LoopContext;
use super::timers::{NEVER, Tick, deadline_after, tick};
use crate::net::sendfile;
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::late_writes::LateWrites;

/// Reads and writes of a connection in one turn.
const IO_BUDGET: u32 = 16;

/// Why a connection leaves its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finished {
    /// It waits for its next request.
    Idle,
    /// It was readable, but nothing had arrived.
    NothingToRead,
    /// Its last response is written, and the peer may still send.
    Lingering,
    Closed,
}

/// What the future of a slot is pending on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocked {
    /// The next turn.
    Budget,
    /// An event of the socket or a wake of the page, until a deadline.
    Until(Tick),
    /// Room in the send buffer, until a deadline.
    Writable(Tick),
}

/// The connection that is served.
struct Attached {
    connection: PolledConnection,
    timer: PhaseTimer<Deadlines>,
    phase: Phase,
    nothing_read: bool,
    lingers: bool,
    /// A file follows what is written.
    more: bool,
    late: LateWrites,
    log: ExchangeLog,
}

pub(super) struct SlotIo {
    pub(super) context: Rc<LoopContext>,
    attached: RefCell<Option<Attached>>,
    blocked: Cell<Blocked>,
    finished: Cell<Option<Finished>>,
    budget: Cell<u32>,
}

impl SlotIo {
    pub(super) fn new(context: Rc<LoopContext>) -> Rc<Self> {
        let (attached, blocked) = (RefCell::new(None), Cell::new(Blocked::Until(NEVER)));
        Rc::new(Self { context, attached, blocked, finished: Cell::new(None), budget: Cell::new(0) })
    }

    pub(super) fn attach(&self, connection: PolledConnection) {
        let timer = PhaseTimer::new(self.context.server.config.deadlines);
        let log = ExchangeLog::new(connection.address);
        let (phase, late) = (Phase::Idle, LateWrites::default());
        let (nothing_read, lingers, more) = (true, false, false);
        let attached = Attached { connection, timer, phase, nothing_read, lingers, more, late, log };
        *self.attached.borrow_mut() = Some(attached);
    }

    pub(super) fn refill_budget(&self) {
        self.budget.set(IO_BUDGET);
        self.blocked.set(Blocked::Until(NEVER));
    }

    pub(super) fn with_connection<O>(&self, f: impl FnOnce(&mut PolledConnection) -> O) -> Option<O> {
        self.attached.borrow_mut().as_mut().map(|attached| f(&mut attached.connection))
    }

    /// Detaches the connection, if it is finished.
    ///
    /// # Errors
    /// What the future is blocked on, if not.
    pub(super) fn detach(&self) -> Result<(Finished, Option<PolledConnection>), Blocked> {
        let finished = self.finished.take().ok_or(self.blocked.get())?;
        Ok((finished, self.attached.borrow_mut().take().map(|attached| attached.connection)))
    }

    /// Waits for [`Self::attach`].
    pub(super) fn attached(&self) -> impl Future<Output = ()> {
        poll_fn(|_| {
            let attached = self.finished.get().is_none() && self.attached.borrow().is_some();
            if attached { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    /// Records the end of the connection's stay.
    pub(super) fn finish(&self, outcome: Outcome) {
        self.finished.set(Some(match (outcome, self.attached.borrow().as_ref()) {
            (Outcome::Idle, _) => Finished::Idle,
            (_, Some(attached)) if attached.lingers => Finished::Lingering,
            (_, Some(attached)) if attached.nothing_read => Finished::NothingToRead,
            _ => Finished::Closed,
        }));
    }

    /// Returns true if the body that is read has taken too long.
    fn is_overdue(&self) -> bool {
        let mut attached = self.attached.borrow_mut();
        attached.as_mut().is_some_and(|attached| attached.timer.is_overdue(|| self.context.elapsed()))
    }

    /// Writes, and counts the bytes as `count` says; where that would block, waits as [`Self::try_io`] does. At the deadline it
    /// writes once more: see [`LateWrites`].
    fn try_write<N>(
        &self,
        mut op: impl FnMut(&mut PolledConnection, bool) -> io::Result<N>,
        count: fn(&N) -> usize,
    ) -> Poll<io::Result<N>> {
        let write = |attached: &mut Attached| {
            let more = attached.more;
            let mut result = op(&mut attached.connection, more);
            if would_block(&result) && attached.timer.remaining(self.context.elapsed()).is_zero() {
                attached.late.begin();
                attached.connection.assume_writable();
                result = op(&mut attached.connection, more);
            }
            match &result {
                Ok(written) => attached.late.add(count(written)),
                Err(_) if would_block(&result) && !attached.late.may_wait() => {
                    return Err(ErrorKind::TimedOut.into());
                }
                Err(_) => {}
            }
            result
        };
        self.try_io(write, Blocked::Writable)
    }

    /// Reads or writes; where that would block, records `blocked` with the phase's deadline.
    fn try_io<N>(
        &self,
        op: impl FnOnce(&mut Attached) -> io::Result<N>,
        blocked: fn(Tick) -> Blocked,
    ) -> Poll<io::Result<N>> {
        let mut attached = self.attached.borrow_mut();
        let Some(attached) = attached.as_mut() else {
            return Poll::Ready(Err(ErrorKind::NotConnected.into()));
        };
        let Some(budget) = self.budget.get().checked_sub(1) else {
            self.blocked.set(Blocked::Budget);
            return Poll::Pending;
        };
        let result = op(attached);
        if !would_block(&result) {
            self.budget.set(budget);
            attached.nothing_read = false;
            return Poll::Ready(result);
        }
        // An idle connection must not hold a slot: on a time-out `serve_until_idle` returns, and frees it.
        if attached.nothing_read && attached.phase == Phase::Idle {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let elapsed = self.context.elapsed();
        match attached.timer.remaining(elapsed) {
            Duration::ZERO => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            remaining => {
                self.blocked.set(blocked(deadline_after(elapsed, remaining)));
                Poll::Pending
            }
        }
    }
}

fn would_block<N>(result: &io::Result<N>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// The transport of the connection that is attached.
pub(super) struct SlotTransport<'s>(pub(super) &'s SlotIo);

impl ErrorType for SlotTransport<'_> {
    type Error = io::Error;
}

impl Read for SlotTransport<'_> {
    fn read(&mut self, memory: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        poll_fn(|_| {
            if self.0.is_overdue() {
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
            self.0.try_io(|attached| attached.connection.read(memory), Blocked::Until)
        })
    }
}

impl Write for SlotTransport<'_> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<usize>> {
        poll_fn(|_| self.0.try_write(|connection, more| connection.write(bytes, more), |count| *count))
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for SlotTransport<'_> {
    fn enter(&mut self, phase: Phase) {
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.timer.enter(phase);
            attached.late.enter(phase);
            attached.phase = phase;
            if phase == Phase::Head {
                let context = &self.0.context;
                attached.log.start(&*context.server.config.observer, || context.now());
            }
        }
    }

    async fn pause(&mut self, duration: Duration) {
        let SlotIo { context, blocked, .. } = self.0;
        let deadline = deadline_after(context.elapsed(), duration);
        let mut next_turn = false;
        poll_fn(|_| {
            if mem::replace(&mut next_turn, true)
                && (duration.is_zero() || tick(context.elapsed()) >= deadline)
            {
                return Poll::Ready(());
            }
            blocked.set(if duration.is_zero() { Blocked::Budget } else { Blocked::Until(deadline) });
            Poll::Pending
        })
        .await;
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
        let send = |connection: &mut PolledConnection, _| connection.write_from(source, offset, length);
        poll_fn(|_| self.0.try_write(send, |count| count.unwrap_or(0))).await
    }

    fn more(&mut self, more: bool) {
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.more = more;
        }
    }

    /// Marks the connection: its worker hands it to the `Lingerer`, which ends our side.
    async fn shutdown_write(&mut self) -> io::Result<bool> {
        if let Some(attached) = self.0.attached.borrow_mut().as_mut() {
            attached.lingers = true;
        }
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.with_connection(|connection| connection.address).flatten()
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.context.date())
    }

    fn keep_alive(&self) -> bool {
        !self.0.context.server.state.is_stopping()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let context = &self.0.context;
        if let Some(Attached { log, .. }) = self.0.attached.borrow().as_ref() {
            log.record(&*context.server.config.observer, || context.date(), record);
        }
    }
}
