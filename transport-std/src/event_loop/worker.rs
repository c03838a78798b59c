//! The event loop of one thread. `accept.rs` has what accepts.
//! Invariant: the worker blocks only in `Poll::poll`, and there only while no connection can proceed.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use std::{mem, net, thread};

use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::connection::{OpenProgress, PolledConnection};
use super::entry::{Entry, Place};
use super::idle::IdleSearch;
use super::loop_context::LoopContext;
use super::polled_socket::READABLE;
use super::slot::{ServeFuture, Slot};
use super::slot_io::{Blocked, Finished, SlotIo};
use super::timers::{Timers, deadline_after, tick};
use super::waker::WakeQueue;
use crate::access::observer::RejectedConnection;
use crate::access::warn_limit::WarnLimit;
use crate::shared::acceptor::{Acceptor, MAX_QUEUED, poll_or_sleep};
use crate::shared::guard::{drop_guarded, guard, report};

/// How many unused slots keep their memory.
const MAX_SPARE_SLOTS: usize = 16;
/// How many events one poll returns.
const EVENT_CAPACITY: usize = 1024;
/// How many connections are accepted in one turn.
const ACCEPT_BUDGET: usize = 64;

/// How long a worker that has panicked waits before it goes on, so that one that panics at once again does not spin.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// The token of the [`WakeQueue`].
pub(super) const WAKER: Token = Token(usize::MAX);

/// What a worker is built from.
pub(super) struct WorkerParts {
    pub(super) poll: Poll,
    pub(super) acceptor: Acceptor,
    pub(super) wakes: Arc<WakeQueue>,
}

/// Makes the future of a new slot, on the thread of its worker. Behind it the worker knows nothing of the site: it is compiled once for all.
pub(super) type NewFuture = Arc<dyn Fn(Rc<SlotIo>) -> ServeFuture + Send + Sync>;

/// An event loop and its connections.
pub(super) struct Worker {
    pub(super) parts: WorkerParts,
    pub(super) context: Rc<LoopContext>,
    new_future: NewFuture,
    pub(super) entries: Slab<Entry>,
    /// Keys of the entries to poll in the next turn.
    ready: VecDeque<u32>,
    #[allow(clippy::vec_box, reason = "an entry holds its slot in one word")]
    spare_slots: Vec<Box<Slot>>,
    /// How many entries have a slot.
    active: usize,
    pub(super) timers: Timers,
    pub(super) idle_search: IdleSearch,
    pub(super) poll_warnings: WarnLimit,
}

impl Worker {
    pub(super) fn new(parts: WorkerParts, context: Rc<LoopContext>, new_future: NewFuture) -> Self {
        Self {
            parts,
            context,
            new_future,
            entries: Slab::new(),
            ready: VecDeque::new(),
            spare_slots: Vec::new(),
            active: 0,
            timers: Timers::default(),
            idle_search: IdleSearch::default(),
            poll_warnings: WarnLimit::default(),
        }
    }

    /// Serves until the server has stopped and every connection is closed, or the deadline of the stop is over; returns how
    /// many connections it then aborts.
    pub(super) fn run(mut self) -> usize {
        let mut events = Events::with_capacity(EVENT_CAPACITY);
        while !self.context.server.state.is_stopping() {
            self.guarded(|worker| worker.turn(&mut events, None));
        }
        self.guarded(Self::close_listeners);
        while !self.entries.is_empty() {
            let remaining = self.context.server.state.until_abort();
            if remaining == Some(Duration::ZERO) {
                break;
            }
            self.guarded(|worker| worker.turn(&mut events, remaining));
        }
        self.entries.len()
    }

    /// Runs a step of the worker. Where it panics, no connection can be trusted to be whole: the worker closes its own, and goes
    /// on with its listeners.
    fn guarded(&mut self, step: impl FnOnce(&mut Self)) {
        if guard(|| step(self)).is_some() {
            return;
        }
        let (entries, slots) = (mem::take(&mut self.entries), mem::take(&mut self.spare_slots));
        self.context.server.state.worker_restarted(entries.len());
        drop_guarded((entries, slots));
        (self.ready, self.timers, self.active) = (VecDeque::new(), Timers::default(), 0);
        thread::sleep(RESTART_PAUSE);
    }

    /// Closes the listeners. Accepts what the kernel has queued: to close a listener would reset it.
    fn close_listeners(&mut self) {
        self.parts.acceptor.assume_readable();
        self.accept(MAX_QUEUED);
        self.parts.acceptor.close(self.parts.poll.registry());
        let keys: Vec<usize> = self.entries.iter().map(|(key, _)| key).collect();
        keys.into_iter().for_each(|key| self.assume_readable(key as u32));
    }

    /// Waits for events, for `limit` at most, and polls what they make ready.
    fn turn(&mut self, events: &mut Events, limit: Option<Duration>) {
        let timeout = if self.ready.is_empty() {
            let timers = self.timers.next_timeout(self.context.elapsed());
            [timers, self.parts.acceptor.next_timeout(), limit].into_iter().flatten().min()
        } else {
            Some(Duration::ZERO)
        };
        poll_or_sleep(&mut self.parts.poll, events, timeout);
        self.context.begin_turn();
        for event in &*events {
            match event.token() {
                WAKER => self.parts.wakes.drain().into_iter().for_each(|key| self.schedule(key)),
                token if self.parts.acceptor.on_event(token) => {}
                Token(key) => {
                    match self.entries.get_mut(key).map(|entry| &mut entry.place) {
                        Some(Place::Parked(connection)) => connection.polled.on_event(event),
                        Some(Place::InSlot(slot)) => {
                            slot.io.with_connection(|connection| connection.polled.on_event(event));
                        }
                        Some(Place::Polled) | None => continue,
                    }
                    self.schedule(key as u32);
                }
            }
        }
        if !self.context.server.state.is_stopping() {
            self.accept(ACCEPT_BUDGET);
        }
        self.expire_timers();
        for _ in 0..self.ready.len() {
            let Some(key) = self.ready.pop_front() else { break };
            self.poll_entry(key);
        }
        self.parts.wakes.set_active(self.active);
    }

    fn expire_timers(&mut self) {
        let now = tick(self.context.elapsed());
        while let Some(key) = self.timers.pop_expired(now) {
            match self.entries.get(key as usize).map(|entry| entry.deadline) {
                Some(deadline) if deadline > now => self.timers.arm(key, deadline),
                Some(_) => self.schedule(key),
                None => {}
            }
        }
    }

    fn schedule(&mut self, key: u32) {
        if let Some(entry) = self.entries.get_mut(key as usize)
            && !mem::replace(&mut entry.is_scheduled, true)
        {
            self.ready.push_back(key);
        }
    }

    /// Makes a connection read, whatever events have come.
    pub(super) fn assume_readable(&mut self, key: u32) {
        if let Some(Entry { place: Place::Parked(connection), .. }) = self.entries.get_mut(key as usize) {
            connection.polled.readable = true;
        }
        self.schedule(key);
    }

    /// Serves a connection for a turn, or closes one that has been idle for too long.
    fn poll_entry(&mut self, key: u32) {
        let Some(entry) = self.entries.get_mut(key as usize) else { return };
        entry.is_scheduled = false;
        if let Place::Parked(connection) = &mut entry.place {
            match connection.open(&self.context.server, &entry.permit) {
                OpenProgress::Pending | OpenProgress::Open => {}
                OpenProgress::HandshakeComplete => {
                    let idle = self.context.server.config.deadlines.idle;
                    entry.deadline = entry.expires.before(deadline_after(self.context.elapsed(), idle));
                    self.timers.arm(key, entry.deadline);
                }
                OpenProgress::Rejected(why) => return self.reject(key, why),
                OpenProgress::Gone => return self.close(key),
            }
            if !connection.is_readable() {
                let expired = entry.deadline <= tick(self.context.elapsed());
                if expired || self.context.server.state.is_stopping() {
                    self.close_orderly(key);
                }
                return;
            }
        }
        let mut slot = match mem::replace(&mut entry.place, Place::Polled) {
            Place::Parked(connection) => {
                let slot = self.spare_slots.pop().unwrap_or_else(|| {
                    let io = SlotIo::new(Rc::clone(&self.context));
                    Slot::new(Rc::clone(&io), (self.new_future)(io), Arc::clone(&self.parts.wakes))
                });
                slot.attach(key, connection, entry.expires);
                self.active += 1;
                slot
            }
            Place::InSlot(slot) => slot,
            Place::Polled => return,
        };
        if !slot.poll() {
            self.active -= 1;
            self.entries.try_remove(key as usize);
            return;
        }
        match slot.io.detach() {
            Err(blocked) => {
                entry.place = Place::InSlot(slot);
                self.block(key, blocked);
            }
            Ok((finished, connection)) => {
                self.active -= 1;
                if self.spare_slots.len() < MAX_SPARE_SLOTS {
                    self.spare_slots.push(slot);
                }
                if let Some(connection) = connection {
                    entry.place = Place::Parked(connection);
                }
                self.finish(key, finished);
            }
        }
    }

    /// Waits for what a slot is blocked on.
    fn block(&mut self, key: u32, blocked: Blocked) {
        let Some(entry) = self.entries.get_mut(key as usize) else { return };
        let (Blocked::Until(deadline) | Blocked::Writable(deadline)) = blocked else {
            return self.schedule(key);
        };
        if let (Blocked::Writable(_), Place::InSlot(slot)) = (blocked, &entry.place)
            && !mem::replace(&mut entry.watches_writable, true)
        {
            let (registry, token) = (self.parts.poll.registry(), Token(key as usize));
            let both = READABLE | Interest::WRITABLE;
            let reregister = |connection: &mut PolledConnection| {
                registry.reregister(&mut connection.polled.socket, token, both)
            };
            if let Some(Err(error)) = slot.io.with_connection(reregister) {
                if self.poll_warnings.allows() {
                    report!(warn, "cannot poll a connection: {error}");
                }
                return self.close(key);
            }
        }
        entry.deadline = deadline;
        self.timers.arm(key, deadline);
    }

    /// Parks or closes a connection that has left its slot.
    fn finish(&mut self, key: u32, finished: Finished) {
        let stopping = self.context.server.state.is_stopping();
        match finished {
            Finished::Closed => self.close_orderly(key),
            Finished::Aborted => self.close(key),
            Finished::Lingering => {
                if let Some(socket) = self.release(key) {
                    self.context.server.linger(socket);
                }
            }
            Finished::NothingToRead if stopping => self.close_orderly(key),
            Finished::NothingToRead => {}
            Finished::Idle if stopping => self.assume_readable(key),
            Finished::Idle => {
                let Some(entry) = self.entries.get_mut(key as usize) else { return };
                let idle = self.context.server.config.deadlines.idle;
                entry.deadline = entry.expires.before(deadline_after(self.context.elapsed(), idle));
                self.timers.arm(key, entry.deadline);
                if matches!(&entry.place, Place::Parked(connection) if connection.is_readable()) {
                    self.schedule(key);
                }
            }
        }
    }

    /// Has a connection answered that cannot be opened.
    fn reject(&mut self, key: u32, why: RejectedConnection) {
        let client = match self.entries.get(key as usize).map(|entry| &entry.place) {
            Some(Place::Parked(connection)) => connection.client(),
            _ => None,
        };
        if let Some(socket) = self.release(key) {
            self.context.server.reject(socket, client, why);
        }
    }

    /// Counts a parked connection out, and returns its socket for another thread.
    fn release(&mut self, key: u32) -> Option<net::TcpStream> {
        let Entry { place: Place::Parked(mut connection), .. } = self.entries.try_remove(key as usize)?
        else {
            return None;
        };
        self.parts.poll.registry().deregister(&mut connection.polled.socket).ok()?;
        Some(connection.polled.socket.into())
    }

    /// Closes a connection whose last response is whole.
    pub(super) fn close_orderly(&mut self, key: u32) {
        if let Some(Entry { place: Place::Parked(connection), .. }) = self.entries.get_mut(key as usize) {
            // What the send buffer does not take is lost: the peer takes nothing.
            let _ = connection.close_tls();
        }
        self.close(key);
    }

    fn close(&mut self, key: u32) {
        if let Some(Entry { place: Place::InSlot(_), .. }) = self.entries.try_remove(key as usize) {
            self.active -= 1;
        }
    }
}
