//! State that a slot's future shares with its worker: the worker attaches a connection, the future records what it is
//! blocked on.
//! Invariant: a connection makes at most `IO_BUDGET` reads and writes before the worker polls the next one.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::num::NonZeroU64;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bantam::{Deadlines, Phase, PhaseTimer};

use super::connection::PolledConnection;
use super::loop_context::LoopContext;
use super::timers::{Expiry, NEVER, Tick, deadline_after};
use crate::shared::exchange_log::ExchangeLog;
use crate::shared::late_writes::LateWrites;
use crate::shared::pacer::Pacer;
use crate::shared::serve::Served;

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
    /// It has failed.
    Aborted,
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
pub(super) struct Attached {
    pub(super) connection: PolledConnection,
    expires: Expiry,
    pub(super) timer: PhaseTimer<Rc<Deadlines>>,
    pub(super) phase: Phase,
    pub(super) nothing_read: bool,
    pub(super) lingers: bool,
    /// A file follows what is written.
    pub(super) more: bool,
    pub(super) late: LateWrites,
    pub(super) log: ExchangeLog,
}

pub(super) struct SlotIo {
    pub(super) context: Rc<LoopContext>,
    pub(super) attached: RefCell<Option<Attached>>,
    pub(super) blocked: Cell<Blocked>,
    finished: Cell<Option<Finished>>,
    budget: Cell<u32>,
    /// The pace of the attached connection, where the rate is limited. It is not moved with the connection.
    pacer: Cell<Pacer>,
    /// The attached connection has TLS.
    pub(super) is_secure: Cell<bool>,
}

impl SlotIo {
    pub(super) fn new(context: Rc<LoopContext>) -> Rc<Self> {
        let (attached, blocked) = (RefCell::new(None), Cell::new(Blocked::Until(NEVER)));
        Rc::new(Self {
            context,
            attached,
            blocked,
            finished: Cell::new(None),
            budget: Cell::new(0),
            pacer: Cell::default(),
            is_secure: Cell::new(false),
        })
    }

    pub(super) fn attach(&self, connection: PolledConnection, expires: Expiry) {
        let timer = PhaseTimer::new(Rc::clone(&self.context.deadlines));
        let log = ExchangeLog::new(connection.client(), connection.tls_version());
        let (phase, late) = (Phase::Idle, LateWrites::default());
        let (nothing_read, lingers, more) = (true, false, false);
        let attached = Attached { connection, expires, timer, phase, nothing_read, lingers, more, late, log };
        if self.rate().is_some() {
            self.pacer.set(Pacer::starting_at(self.context.elapsed()));
        }
        self.is_secure.set(attached.connection.is_secure());
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
    pub(super) fn finish(&self, served: Served) {
        self.finished.set(Some(match (served, self.attached.borrow().as_ref()) {
            (Served::Idle, _) => Finished::Idle,
            (_, Some(attached)) if attached.lingers => Finished::Lingering,
            (_, Some(attached)) if attached.nothing_read => Finished::NothingToRead,
            (Served::Aborted, _) => Finished::Aborted,
            _ => Finished::Closed,
        }));
    }

    /// Returns true if the limits of the connection allow another request.
    pub(super) fn may_persist(&self) -> bool {
        let attached = || self.attached.borrow();
        let requests = || attached().as_ref().map_or(0, |attached| attached.connection.requests);
        let is_old = |attached: &Attached| attached.expires.is_over(self.context.elapsed());
        self.context.server.config.limits.allow(requests, || attached().as_ref().is_some_and(is_old))
    }

    /// Returns true if the body that is read has taken too long.
    pub(super) fn is_overdue(&self) -> bool {
        let mut attached = self.attached.borrow_mut();
        attached.as_mut().is_some_and(|attached| attached.timer.is_overdue(|| self.phase_time()))
    }

    /// How many bytes a second may be written; `None` for any number.
    fn rate(&self) -> Option<NonZeroU64> {
        self.context.server.config.limits.max_rate
    }

    /// The time of the connection's phases.
    pub(super) fn phase_time(&self) -> Duration {
        let elapsed = self.context.elapsed();
        if self.rate().is_none() { elapsed } else { self.pacer.get().phase_time(elapsed) }
    }

    /// Calls `op` with the pace of the connection.
    fn with_pacer<O>(&self, op: impl FnOnce(&mut Pacer) -> O) -> O {
        let mut pacer = self.pacer.get();
        let result = op(&mut pacer);
        self.pacer.set(pacer);
        result
    }

    /// Writes, and counts the bytes as `count` says; where that would block, waits as [`Self::try_io`] does. At the deadline it
    /// writes once more: see [`LateWrites`].
    pub(super) fn try_write<N>(
        &self,
        mut op: impl FnMut(&mut PolledConnection, bool) -> io::Result<N>,
        count: fn(&N) -> usize,
    ) -> Poll<io::Result<N>> {
        let write = |attached: &mut Attached| {
            let more = attached.more;
            let mut result = op(&mut attached.connection, more);
            if would_block(&result) && attached.timer.remaining(self.phase_time()).is_zero() {
                attached.late.begin();
                attached.connection.polled.assume_writable();
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

    /// Writes part of a response, as [`Self::try_write`] does: at most the bytes that are passed to `op`, which are those that the rate of
    /// the connection allows. Where it allows none, waits.
    pub(super) fn try_write_paced<N>(
        &self,
        mut op: impl FnMut(&mut PolledConnection, bool, usize) -> io::Result<N>,
        count: fn(&N) -> usize,
    ) -> Poll<io::Result<N>> {
        let rate = self.rate();
        if rate.is_none() {
            return self.try_write(|connection, more| op(connection, more, usize::MAX), count);
        }
        let limit = match self.with_pacer(|pacer| pacer.poll(rate, || self.context.elapsed())) {
            Err(wait) => return self.wait(wait),
            Ok(limit) => limit,
        };
        let written = self.try_write(|connection, more| op(connection, more, limit), count);
        if let Poll::Ready(Ok(written)) = &written {
            self.with_pacer(|pacer| pacer.charge(rate, || self.context.elapsed(), count(written)));
        }
        written
    }

    /// Waits until the rate of the connection allows another byte, before the connection leaves its slot, which has the rate's
    /// state. Not in a server that stops.
    pub(super) fn settle(&self) -> impl Future<Output = ()> {
        poll_fn(|_| {
            if self.rate().is_none() {
                return Poll::Ready(());
            }
            match self.pacer.get().debt(self.context.elapsed()) {
                Duration::ZERO => Poll::Ready(()),
                _ if self.context.server.state.is_stopping() => Poll::Ready(()),
                debt => self.wait(debt),
            }
        })
    }

    fn wait<T>(&self, wait: Duration) -> Poll<T> {
        self.blocked.set(Blocked::Until(deadline_after(self.context.elapsed(), wait)));
        Poll::Pending
    }

    /// Reads or writes; where that would block, records `blocked` with the phase's deadline.
    pub(super) fn try_io<N>(
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
        // The worker polls every slot when the server begins to stop.
        if attached.phase == Phase::LowLevel && self.context.server.state.is_stopping() {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        match attached.timer.remaining(self.phase_time()) {
            Duration::ZERO => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            remaining => {
                self.blocked.set(blocked(deadline_after(self.context.elapsed(), remaining)));
                Poll::Pending
            }
        }
    }
}

fn would_block<N>(result: &io::Result<N>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
