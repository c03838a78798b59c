//! A TCP server on one port over smoltcp: its sockets, and the loop that moves packets and polls the slots.
//! Invariant: [`TcpServer::poll`] never blocks, and nothing happens outside of it.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Waker};
use core::time::Duration;

use bantam::Deadlines;
use smoltcp::iface::{Interface, PollIngressSingleResult, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;

use super::socket_state::{SocketState, later};
use super::syn_filter::SynFilter;
use crate::log::{event, peer};

/// A socket of the server and its state.
type SocketEntry = (SocketHandle, SocketState);

/// A server on one TCP port with up to `SOCKETS` sockets. In RAM a socket costs its buffers, smoltcp's state, and a few words
/// here.
#[derive(Debug)]
pub struct TcpServer<'a, const SOCKETS: usize> {
    pub(super) sockets: RefCell<SocketSet<'a>>,
    // Not in cells, from which a state of 40 bytes is copied to be looked at.
    states: RefCell<[Option<SocketEntry>; SOCKETS]>,
    port: u16,
    pub(super) deadlines: Deadlines,
    pub(super) now: Cell<Duration>,
    wake: Cell<Option<Duration>>,
    /// Another turn has work to do.
    repeat: Cell<bool>,
    /// A socket that listens.
    listening: Cell<Option<SocketHandle>>,
    /// A socket listens, or its handshake is under way.
    has_spare: Cell<bool>,
    /// A handshake is under way.
    half_open: Cell<bool>,
    /// Counts the sockets that need a slot: at 0 no slot searches for one.
    ready_count: Cell<usize>,
    is_stopping: Cell<bool>,
}

/// How many sockets of a [`TcpServer`] are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketCounts {
    /// Sockets that listen.
    pub listening: usize,
    /// Connections that are idle or wait for a slot.
    pub waiting: usize,
    /// Connections that a slot serves.
    pub served: usize,
    /// Connections that the server has closed or aborted.
    pub closing: usize,
}

impl<'a, const SOCKETS: usize> TcpServer<'a, SOCKETS> {
    /// The most turns of one [`Self::poll`], so that a flood of packets does not starve the application.
    const MAX_TURNS: usize = 8;
    /// The most packets that one turn receives.
    const MAX_PACKETS: usize = 16;

    /// Returns a server on `port` without sockets. The set may hold sockets of the application.
    ///
    /// # Panics
    /// Panics if `port` is 0.
    pub fn new(sockets: SocketSet<'a>, port: u16, deadlines: Deadlines) -> Self {
        assert!(port != 0, "a server listens on a port from 1 to 65535");
        let (sockets, states) = (RefCell::new(sockets), RefCell::new([None; SOCKETS]));
        let (now, wake, ready_count) = (Cell::new(Duration::ZERO), Cell::new(None), Cell::new(0));
        let (repeat, listening, half_open) = (Cell::new(false), Cell::new(None), Cell::new(false));
        let (has_spare, is_stopping) = (Cell::new(false), Cell::new(false));
        Self {
            sockets,
            states,
            port,
            deadlines,
            now,
            wake,
            repeat,
            listening,
            has_spare,
            half_open,
            ready_count,
            is_stopping,
        }
    }

    /// Adds a socket with a receive and a send buffer. Returns `false` if the server has `SOCKETS` sockets already.
    ///
    /// # Panics
    /// Panics if the socket set is full.
    pub fn add(&mut self, receive: &'a mut [u8], send: &'a mut [u8]) -> bool {
        let Some(free) = self.states.get_mut().iter_mut().find(|entry| entry.is_none()) else { return false };
        let mut socket = Socket::new(SocketBuffer::new(receive), SocketBuffer::new(send));
        // The core writes whole responses, so Nagle's algorithm only delays them.
        socket.set_nagle_enabled(false);
        let state = SocketState::listen(&mut socket, self.port, &self.deadlines);
        let handle = self.sockets.get_mut().add(socket);
        *free = Some((handle, state));
        self.listening.set(Some(handle));
        true
    }

    /// Calls `f` with the socket set, for sockets of the application, between two calls of [`Self::poll`] or in a page.
    ///
    /// # Panics
    /// Panics if `f` calls it again.
    pub fn with_sockets<R>(&self, f: impl FnOnce(&mut SocketSet<'a>) -> R) -> R {
        f(&mut self.sockets.borrow_mut())
    }

    /// Returns the socket set, to add sockets of the application.
    pub fn sockets_mut(&mut self) -> &mut SocketSet<'a> {
        self.sockets.get_mut()
    }

    /// Begins to stop, for example to start the device anew: no connection is taken any more, idle ones are closed, and others when their
    /// response is whole. Streams without an end are asked to end ([`bantam::Connection::is_ending`]). Go on to call [`Self::poll`] until
    /// every socket listens ([`Self::socket_counts`]), or for as long as the device can wait.
    pub fn stop(&self) {
        self.is_stopping.set(true);
    }

    /// Returns true if the server has begun to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.get()
    }

    /// Counts the sockets by state.
    #[must_use]
    pub fn socket_counts(&self) -> SocketCounts {
        let mut counts = SocketCounts::default();
        for (_, state) in self.states.borrow().iter().flatten() {
            *match state {
                SocketState::Listening => &mut counts.listening,
                SocketState::Waiting { .. } => &mut counts.waiting,
                SocketState::Served => &mut counts.served,
                SocketState::Closing { .. } | SocketState::Reset => &mut counts.closing,
            } += 1;
        }
        counts
    }

    /// Moves packets and polls `slots`, pinned futures of [`super::serve_slot`], until nothing is left to do at `now`, the
    /// time since any fixed moment. Never blocks.
    ///
    /// Returns the time of the next call at the latest, `None` for no time. Call it earlier when a packet arrives.
    pub fn poll<D: Device + ?Sized, P: DerefMut<Target: Future>>(
        &self,
        now: Duration,
        device: &mut D,
        interface: &mut Interface,
        slots: &mut [Pin<P>],
    ) -> Option<Duration> {
        // In 64 bits, because a 128-bit division is expensive on a microcontroller. Wraps after 292,000 years.
        let micros = (now.as_secs() as i64).wrapping_mul(1_000_000).wrapping_add(now.subsec_micros().into());
        let instant = Instant::from_micros(micros);
        let mut context = Context::from_waker(Waker::noop());
        self.now.set(now);
        let mut filter = SynFilter { device, port: self.port, open: true };
        for _ in 0..Self::MAX_TURNS {
            self.wake.set(None);
            // In this order only a socket that waits for a slot needs another turn.
            self.repeat.set(self.ingress(instant, &mut filter, interface));
            self.update_sockets();
            for slot in &mut *slots {
                // A slot never returns.
                let _ = slot.as_mut().poll(&mut context);
            }
            self.egress(instant, &mut filter, interface);
            if !self.repeat.get() {
                break;
            }
        }
        if self.repeat.get() {
            self.wake_at(now);
        }
        let network = interface.poll_at(instant, &self.sockets.borrow());
        if let Some(at) = network {
            self.wake_at(Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)));
        }
        self.wake.get()
    }

    /// Receives packets. Returns true if more may be there.
    fn ingress<D: Device + ?Sized>(
        &self,
        now: Instant,
        filter: &mut SynFilter<'_, D>,
        iface: &mut Interface,
    ) -> bool {
        let mut sockets = self.sockets.borrow_mut();
        iface.poll_maintenance(now);
        let is_open = || self.listening.get().is_some() && !self.is_stopping();
        filter.open = is_open();
        for _ in 0..Self::MAX_PACKETS {
            if matches!(iface.poll_ingress_single(now, filter, &mut sockets), PollIngressSingleResult::None) {
                return false;
            }
            // The packet may be a SYN that has taken the last socket that listened.
            let listens = |handle: &SocketHandle| sockets.get::<Socket<'_>>(*handle).state() == State::Listen;
            if !self.listening.get().is_some_and(|handle| listens(&handle)) {
                let states = self.states.borrow();
                self.listening.set(states.iter().flatten().map(|(handle, _)| *handle).find(listens));
            }
            filter.open = is_open();
        }
        true
    }

    /// Sends all packets that are due.
    fn egress<D: Device + ?Sized>(&self, now: Instant, filter: &mut SynFilter<'_, D>, iface: &mut Interface) {
        let mut sockets = self.sockets.borrow_mut();
        let mut changed = false;
        while iface.poll_egress(now, filter, &mut sockets) == PollResult::SocketStateChanged {
            changed = true;
        }
        // A handshake may have timed out.
        if changed && self.half_open.get() {
            self.repeat.set(true);
        }
    }

    /// Updates the states of the sockets that no slot serves.
    fn update_sockets(&self) {
        let mut sockets = self.sockets.borrow_mut();
        let now = self.now.get();
        let (mut has_spare, mut listening, mut half_open) = (false, None, false);
        let mut ready_count = 0;
        let mut states = self.states.borrow_mut();
        for (handle, state) in states.iter_mut().flatten() {
            let socket = sockets.get_mut(*handle);
            let (is_new, wake) = state.update(socket, self.port, now, &self.deadlines, self.is_stopping());
            match state {
                SocketState::Waiting { is_ready, .. } => ready_count += usize::from(*is_ready),
                SocketState::Listening => {
                    has_spare = true;
                    match socket.state() {
                        State::SynReceived => half_open = true,
                        _ => listening = Some(*handle),
                    }
                }
                _ => {}
            }
            if is_new {
                self.repeat.set(true);
            }
            if let Some(wake) = wake {
                self.wake_at(wake);
            }
        }
        self.ready_count.set(ready_count);
        self.listening.set(listening);
        self.half_open.set(half_open);
        self.has_spare.set(has_spare);
        if !has_spare {
            self.close_idlest(&mut sockets, &mut *states);
        }
    }

    /// Closes the connection that has been idle longest, if it has been for a second.
    fn close_idlest(&self, sockets: &mut SocketSet<'a>, states: &mut [Option<SocketEntry>]) {
        const IDLE_GRACE: Duration = Duration::from_secs(1);
        if let Some((handle, state)) = longest_waiting(states, false)
            && let SocketState::Waiting { since, .. } = state
        {
            let due = later(*since, IDLE_GRACE);
            if self.now.get() < due {
                self.wake_at(due);
            } else {
                let socket = sockets.get_mut::<Socket<'_>>(*handle);
                event!(info, "{}: closed: idle while no socket listened", peer(socket.remote_endpoint()));
                socket.close();
                *state = SocketState::closing(self.now.get());
                self.repeat.set(true);
            }
        }
    }

    /// Takes the socket that has waited longest for a slot.
    pub(super) fn claim(&self) -> Option<SocketHandle> {
        self.ready_count.set(self.ready_count.get().checked_sub(1)?);
        let mut states = self.states.borrow_mut();
        let (handle, state) = longest_waiting(&mut *states, true)?;
        *state = SocketState::Served;
        Some(*handle)
    }

    /// Takes a socket back from a slot. Closes the connection unless `keep` is set.
    pub(super) fn release(&self, handle: SocketHandle, keep: bool) {
        let now = self.now.get();
        let state = if keep {
            self.wake_at(later(now, self.deadlines.idle));
            self.with(handle, |socket| SocketState::waiting(now, socket))
        } else {
            self.with(handle, Socket::close);
            SocketState::closing(now)
        };
        if !keep || state.needs_slot() || self.ready_count.get() > 0 {
            self.repeat.set(true);
        }
        if let Some((_, place)) = self.states.borrow_mut().iter_mut().flatten().find(|(h, _)| *h == handle) {
            *place = state;
        }
    }

    /// Returns true if a connection may keep its socket: the server goes on, and another client finds a socket that listens.
    // Slots run behind `update_sockets`, and none of them makes a socket listen or stop to.
    pub(super) fn keeps_connections(&self) -> bool {
        self.has_spare.get() && !self.is_stopping()
    }

    /// Calls `f` with a socket.
    pub(super) fn with<R>(&self, handle: SocketHandle, f: impl FnOnce(&mut Socket<'a>) -> R) -> R {
        f(self.sockets.borrow_mut().get_mut(handle))
    }

    /// Makes [`Self::poll`] return `at` or an earlier time.
    pub(super) fn wake_at(&self, at: Duration) {
        if at != Duration::MAX && self.wake.get().is_none_or(|wake| at < wake) {
            self.wake.set(Some(at));
        }
    }
}

/// The socket that has waited longest, of those that need a slot or of those that need none.
#[inline(never)]
fn longest_waiting(states: &mut [Option<SocketEntry>], needs_slot: bool) -> Option<&mut SocketEntry> {
    let mut longest: Option<(Duration, &mut SocketEntry)> = None;
    for entry in states.iter_mut().flatten() {
        if let (_, SocketState::Waiting { since, is_ready }) = &*entry
            && *is_ready == needs_slot
            && longest.as_ref().is_none_or(|(earliest, _)| since < earliest)
        {
            longest = Some((*since, entry));
        }
    }
    longest.map(|(_, entry)| entry)
}
