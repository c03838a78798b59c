//! Law: everything happens in [`Stack::poll`], and nothing in it waits.

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

use super::door::Door;
use super::station::{Station, peer};
use crate::notice::notice;

/// The sockets of a server on one port, and who has them. `SOCKETS` of them at most; each costs its buffers, smoltcp's own
/// state, and a few words here.
#[derive(Debug)]
pub struct Stack<'a, const SOCKETS: usize> {
    sockets: RefCell<SocketSet<'a>>,
    stations: [Cell<Option<(SocketHandle, Station)>>; SOCKETS],
    port: u16,
    pub(super) deadlines: Deadlines,
    now: Cell<Duration>,
    wake: Cell<Option<Duration>>,
    /// Another turn would do something that this one has left.
    again: Cell<bool>,
    /// A socket that listens.
    open: Cell<Option<SocketHandle>>,
    /// Is somebody half way through the handshake?
    half_open: Cell<bool>,
    /// How many sockets wait for a slot: most of the time none, and then no slot has to look for one.
    wanted: Cell<usize>,
}

/// Who has the sockets of a [`Stack`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Nobody: they listen.
    pub listening: usize,
    /// Clients that wait for a slot or have nothing to ask.
    pub waiting: usize,
    /// Slots.
    pub served: usize,
    /// Connections that are being ended.
    pub closing: usize,
}

impl<'a, const SOCKETS: usize> Stack<'a, SOCKETS> {
    /// The most turns of one [`Self::poll`]: a bound on how long a flood of packets keeps the application away.
    const TURNS: usize = 8;
    /// The most packets that are taken in one turn.
    const BURST: usize = 16;

    /// A server on `port`, without sockets yet. The set may hold sockets of the application's own.
    ///
    /// # Panics
    /// If `port` is 0, which no server can listen on.
    pub fn new(sockets: SocketSet<'a>, port: u16, deadlines: Deadlines) -> Self {
        assert!(port != 0, "a server listens on a port from 1 to 65535");
        let (sockets, stations) = (RefCell::new(sockets), [const { Cell::new(None) }; SOCKETS]);
        let (now, wake, wanted) = (Cell::new(Duration::ZERO), Cell::new(None), Cell::new(0));
        let (again, open, half_open) = (Cell::new(false), Cell::new(None), Cell::new(false));
        Self { sockets, stations, port, deadlines, now, wake, again, open, half_open, wanted }
    }

    /// Adds a socket with these buffers: what is received fits `receive`, what is sent and not yet acknowledged `send`.
    /// `false` if there are `SOCKETS` already.
    ///
    /// # Panics
    /// If the set has no room.
    pub fn add(&mut self, receive: &'a mut [u8], send: &'a mut [u8]) -> bool {
        let Some(free) = self.stations.iter().find(|station| station.get().is_none()) else { return false };
        let mut socket = Socket::new(SocketBuffer::new(receive), SocketBuffer::new(send));
        // The core writes whole answers: there is nothing to wait for.
        socket.set_nagle_enabled(false);
        let station = Station::listen(&mut socket, self.port, &self.deadlines);
        let handle = self.sockets.get_mut().add(socket);
        free.set(Some((handle, station)));
        self.open.set(Some(handle));
        true
    }

    /// The sockets, for those of the application's own.
    pub fn sockets_mut(&mut self) -> &mut SocketSet<'a> {
        self.sockets.get_mut()
    }

    #[cfg(feature = "dhcp")]
    pub(super) fn sockets(&self) -> core::cell::RefMut<'_, SocketSet<'a>> {
        self.sockets.borrow_mut()
    }

    /// Who has the sockets, for a page or a log.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        for (_, station) in self.stations.iter().filter_map(Cell::get) {
            *match station {
                Station::Listening => &mut census.listening,
                Station::Waiting(_) => &mut census.waiting,
                Station::Served => &mut census.served,
                Station::Closing(_) | Station::Reset => &mut census.closing,
            } += 1;
        }
        census
    }

    /// Moves packets and serves, until there is nothing more to do at `now`, the time since any fixed moment. Says when to
    /// be called again at the latest; earlier if a packet comes. `slots` are pinned futures of [`super::slot`].
    pub fn poll<D: Device + ?Sized, P: DerefMut<Target: Future>>(
        &self,
        now: Duration,
        device: &mut D,
        interface: &mut Interface,
        slots: &mut [Pin<P>],
    ) -> Option<Duration> {
        let instant = Instant::from_micros(micros(now));
        let mut context = Context::from_waker(Waker::noop());
        self.now.set(now);
        let mut door = Door { device, port: self.port, open: true };
        for _ in 0..Self::TURNS {
            self.wake.set(None);
            // In this order nothing waits for the next turn but what has no slot yet.
            self.again.set(self.take_in(instant, &mut door, interface));
            self.turn();
            for slot in &mut *slots {
                // A slot never ends.
                let _ = slot.as_mut().poll(&mut context);
            }
            self.send_out(instant, &mut door, interface);
            if !self.again.get() {
                break;
            }
        }
        if self.again.get() {
            self.wake_at(now);
        }
        let network = interface.poll_at(instant, &self.sockets.borrow());
        if let Some(at) = network {
            self.wake_at(Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)));
        }
        self.wake.get()
    }

    /// Takes in what has come; `true` if that was not all.
    fn take_in<D: Device + ?Sized>(
        &self,
        now: Instant,
        door: &mut Door<'_, D>,
        interface: &mut Interface,
    ) -> bool {
        let mut sockets = self.sockets.borrow_mut();
        interface.poll_maintenance(now);
        door.open = self.open.get().is_some();
        for _ in 0..Self::BURST {
            if matches!(interface.poll_ingress_single(now, door, &mut sockets), PollIngressSingleResult::None)
            {
                return false;
            }
            // The packet may have taken that socket, and it may have been the last.
            let listens = |handle: &SocketHandle| sockets.get::<Socket<'_>>(*handle).state() == State::Listen;
            if !self.open.get().is_some_and(|handle| listens(&handle)) {
                let stations = self.stations.iter().filter_map(Cell::get);
                self.open.set(stations.map(|(handle, _)| handle).find(listens));
            }
            door.open = self.open.get().is_some();
        }
        true
    }

    /// Sends what is due.
    fn send_out<D: Device + ?Sized>(&self, now: Instant, door: &mut Door<'_, D>, interface: &mut Interface) {
        let mut sockets = self.sockets.borrow_mut();
        let mut sent = false;
        while interface.poll_egress(now, door, &mut sockets) == PollResult::SocketStateChanged {
            sent = true;
        }
        // Half a handshake may have been given up.
        if sent && self.half_open.get() {
            self.again.set(true);
        }
    }

    /// Looks after the sockets that no slot has.
    fn turn(&self) {
        let mut sockets = self.sockets.borrow_mut();
        let now = self.now.get();
        let (mut listening, mut open, mut half_open) = (false, None, false);
        self.wanted.set(0);
        for cell in &self.stations {
            let Some((handle, station)) = cell.get() else { continue };
            let socket = sockets.get_mut(handle);
            let (next, look) = station.turn(socket, self.port, now, &self.deadlines);
            self.wanted.set(self.wanted.get() + usize::from(next.wants_slot(socket)));
            cell.set(Some((handle, next)));
            listening |= next == Station::Listening;
            match socket.state() {
                State::Listen => open = Some(handle),
                State::SynReceived => half_open = true,
                _ => {}
            }
            self.again.set(self.again.get() || next != station);
            if let Some(look) = look {
                self.wake_at(look);
            }
        }
        self.open.set(open);
        self.half_open.set(half_open);
        if !listening {
            self.make_way(&mut sockets);
        }
    }

    /// The connection that has been silent for longest, and for a second at least, makes way for others.
    fn make_way(&self, sockets: &mut SocketSet<'a>) {
        const COURTESY: Duration = Duration::from_secs(1);
        let silent = self.stations.iter().filter_map(|cell| match cell.get() {
            Some((handle, station @ Station::Waiting(since))) if !station.wants_slot(sockets.get(handle)) => {
                Some((since, cell, handle))
            }
            _ => None,
        });
        if let Some((since, cell, handle)) = silent.min_by_key(|(since, ..)| *since) {
            let due = since.saturating_add(COURTESY);
            if self.now.get() < due {
                self.wake_at(due);
            } else {
                let socket = sockets.get_mut::<Socket<'_>>(handle);
                notice!(info, "{}: closed, to make way for another", peer(socket));
                socket.close();
                cell.set(Some((handle, Station::Closing(self.now.get()))));
                self.again.set(true);
            }
        }
    }

    /// Is there a socket for the next client?
    pub(super) fn is_listening(&self) -> bool {
        self.stations.iter().any(|cell| matches!(cell.get(), Some((_, Station::Listening))))
    }

    /// A socket that a slot can do something for: that which has waited for longest.
    pub(super) fn claim(&self) -> Option<SocketHandle> {
        self.wanted.set(self.wanted.get().checked_sub(1)?);
        let sockets = self.sockets.borrow();
        let waiting = self.stations.iter().filter_map(|cell| match cell.get() {
            Some((handle, station @ Station::Waiting(since))) if station.wants_slot(sockets.get(handle)) => {
                Some((since, cell, handle))
            }
            _ => None,
        });
        let (_, cell, handle) = waiting.min_by_key(|(since, ..)| *since)?;
        cell.set(Some((handle, Station::Served)));
        Some(handle)
    }

    /// A slot gives a socket back: to wait for its next request, or to end.
    pub(super) fn release(&self, handle: SocketHandle, keep: bool) {
        let now = self.now.get();
        let station = if keep {
            self.wake_at(now.saturating_add(self.deadlines.idle));
            Station::Waiting(now)
        } else {
            self.with(handle, Socket::close);
            Station::Closing(now)
        };
        let wants_slot = self.with(handle, |socket| station.wants_slot(socket));
        if !keep || wants_slot || self.wanted.get() > 0 {
            self.again.set(true);
        }
        if let Some(cell) =
            self.stations.iter().find(|cell| matches!(cell.get(), Some((h, _)) if h == handle))
        {
            cell.set(Some((handle, station)));
        }
    }

    /// Does something with a socket.
    pub(super) fn with<R>(&self, handle: SocketHandle, act: impl FnOnce(&mut Socket<'a>) -> R) -> R {
        act(self.sockets.borrow_mut().get_mut(handle))
    }

    pub(super) fn now(&self) -> Duration {
        self.now.get()
    }

    /// Something has to be looked at then.
    pub(super) fn wake_at(&self, at: Duration) {
        if at != Duration::MAX && self.wake.get().is_none_or(|wake| at < wake) {
            self.wake.set(Some(at));
        }
    }
}

/// Of 64 bits: devices have no division of 128. It wraps after 292,000 years.
const fn micros(time: Duration) -> i64 {
    (time.as_secs() as i64).wrapping_mul(1_000_000).wrapping_add(time.subsec_micros() as i64)
}
