//! Law: a worker never waits for one connection; it turns from one that can go on to the next, and sleeps when none can.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use log::{debug, warn};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::acceptor::Door;
use super::connection::Guest;
use super::loop_context::Scene;
use super::slot::{Attendance, Slot};
use super::slot_io::{Desk, End, Wait};
use super::timers::{Tick, Timers, after, tick};
use super::waker::Wakes;
use crate::access::peer_name::PeerName;
use crate::shared::reject::Refused;

/// How many slots without work are kept; more of them give their memory back.
const SPARE: usize = 16;
/// How many events are taken from the system at once.
const EVENTS: usize = 1024;

/// The worker's own waker.
pub(super) const WAKER: Token = Token(usize::MAX);

/// A connection: with its worker, or in a slot.
#[derive(Default)]
struct Connection {
    guest: Option<Guest>,
    slot: Option<Box<Slot>>,
    /// When it has to be looked at.
    deadline: Tick,
    queued: bool,
    /// Is it told when there is room to write?
    told_of_room: bool,
}

/// What a worker begins with.
pub(super) struct Tools {
    pub(super) poll: Poll,
    pub(super) door: Door,
    pub(super) wakes: Arc<Wakes>,
    pub(super) refuser: SyncSender<Refused>,
}

/// One of the threads that serve.
pub(super) struct Worker<F> {
    tools: Tools,
    scene: Rc<Scene>,
    attend: F,
    connections: Slab<Connection>,
    /// Who can go on.
    ready: VecDeque<u32>,
    #[allow(clippy::vec_box, reason = "whoever is served keeps his slot in a word")]
    spare: Vec<Box<Slot>>,
    /// How many connections have a slot.
    busy: usize,
    timers: Timers,
}

impl<F: Fn(Rc<Desk>) -> Attendance> Worker<F> {
    pub(super) fn new(tools: Tools, scene: Rc<Scene>, attend: F) -> Self {
        let (connections, ready) = (Slab::new(), VecDeque::new());
        Self {
            tools,
            scene,
            attend,
            connections,
            ready,
            spare: Vec::new(),
            busy: 0,
            timers: Timers::default(),
        }
    }

    /// Serves until the hall has closed and everybody has gone, or it is time; how many were cut off.
    pub(super) fn run(mut self) -> usize {
        let mut events = Events::with_capacity(EVENTS);
        while !self.scene.hall.is_closing() {
            self.turn(&mut events, None);
        }
        // What the system has accepted for us is let in before the door is shut.
        self.tools.door.looks_again();
        self.accept(usize::MAX);
        self.tools.door.shut(self.tools.poll.registry());
        let everybody: Vec<usize> = self.connections.iter().map(|(key, _)| key).collect();
        everybody.into_iter().for_each(|key| self.looks_again(key));
        while !self.connections.is_empty() {
            let left = self.scene.hall.until().map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                break;
            }
            self.turn(&mut events, left);
        }
        self.connections.iter().for_each(|_| self.scene.hall.leaves());
        self.connections.len()
    }

    fn turn(&mut self, events: &mut Events, most: Option<Duration>) {
        let sleep = if self.ready.is_empty() && !self.tools.door.is_pressed() {
            let waits = [self.timers.quiet(self.scene.age()), self.tools.door.respite(), most];
            waits.into_iter().flatten().min()
        } else {
            Some(Duration::ZERO)
        };
        match self.tools.poll.poll(events, sleep) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                warn!("a worker cannot wait for its connections: {error}");
                std::thread::sleep(Duration::from_millis(100));
            }
            _ => {}
        }
        self.scene.turn();
        for event in &*events {
            match event.token() {
                WAKER => self.tools.wakes.take().into_iter().for_each(|who| self.queue(who)),
                token if self.tools.door.hears(token) => {}
                Token(key) => {
                    let Some(connection) = self.connections.get_mut(key) else { continue };
                    match (&mut connection.guest, &connection.slot) {
                        (Some(guest), _) => guest.hears(event),
                        (None, Some(slot)) => drop(slot.desk.guest(|guest| guest.hears(event))),
                        (None, None) => {}
                    }
                    self.queue(key as u32);
                }
            }
        }
        if !self.scene.hall.is_closing() {
            self.accept(64);
        }
        self.ring(tick(self.scene.age()));
        for _ in 0..self.ready.len() {
            let Some(who) = self.ready.pop_front() else { break };
            self.attend(who);
        }
        self.tools.wakes.are_busy(self.busy);
    }

    /// Queues whoever's time is up.
    fn ring(&mut self, now: Tick) {
        while let Some(who) = self.timers.rung(now) {
            match self.connections.get(who as usize).map(|connection| connection.deadline) {
                Some(deadline) if deadline > now => self.timers.arm(who, deadline),
                Some(_) => self.queue(who),
                None => {}
            }
        }
    }

    fn queue(&mut self, who: u32) {
        if let Some(connection) = self.connections.get_mut(who as usize)
            && !std::mem::replace(&mut connection.queued, true)
        {
            self.ready.push_back(who);
        }
    }

    /// Has a connection try to read, whatever the system has told.
    fn looks_again(&mut self, key: usize) {
        if let Some(Connection { guest: Some(guest), .. }) = self.connections.get_mut(key) {
            guest.readable = true;
        }
        self.queue(key as u32);
    }

    /// Lets in up to `limit` connections.
    fn accept(&mut self, limit: usize) {
        for _ in 0..limit {
            let Some((socket, address)) = self.tools.door.accept() else { return };
            if !self.scene.hall.admits() {
                self.scene.observer.on_rejected();
                // A crowd that even the refuser cannot see off is dropped.
                let _ = self.tools.refuser.try_send(Refused::for_room(socket));
                continue;
            }
            let deadline = after(self.scene.age(), self.scene.deadlines.idle);
            let entry = self.connections.vacant_entry();
            let key = entry.key();
            let connection = entry.insert(Connection { deadline, ..Connection::default() });
            let guest = connection.guest.insert(Guest::new(
                mio::net::TcpStream::from_std(socket),
                address,
                self.scene.proxies.expects_header(address),
            ));
            let registry = self.tools.poll.registry();
            if let Err(error) = registry.register(&mut guest.socket, Token(key), Interest::READABLE) {
                warn!("{} cannot be waited for: {error}", PeerName(address));
                self.remove(key);
                continue;
            }
            self.timers.arm(key as u32, deadline);
        }
    }

    /// Serves a connection for a turn.
    fn attend(&mut self, who: u32) {
        let key = who as usize;
        let Some(connection) = self.connections.get_mut(key) else { return };
        connection.queued = false;
        let introduced = connection.guest.as_mut().map_or(Ok(()), Guest::introduces);
        if let Err(error) = introduced.as_ref()
            && error.kind() != ErrorKind::WouldBlock
        {
            return self.refuse(key, error);
        }
        if let Some(guest) = &connection.guest
            && !guest.readable
        {
            // It is idle.
            if connection.deadline <= tick(self.scene.age()) || self.scene.hall.is_closing() {
                self.remove(key);
            }
            return;
        }
        let had_one = connection.slot.is_some();
        let mut slot = connection.slot.take().or_else(|| self.spare.pop()).unwrap_or_else(|| {
            let desk = Desk::new(Rc::clone(&self.scene));
            Slot::new(Rc::clone(&desk), (self.attend)(desk), Arc::clone(&self.tools.wakes))
        });
        if let Some(guest) = connection.guest.take() {
            slot.belongs_to(who);
            slot.desk.takes(guest);
        }
        slot.poll();
        match slot.desk.outcome() {
            Err(wait) => {
                connection.slot = Some(slot);
                self.busy += usize::from(!had_one);
                self.waits(who, wait);
            }
            Ok((end, guest)) => {
                self.busy -= usize::from(had_one);
                if self.spare.len() < SPARE {
                    self.spare.push(slot);
                }
                connection.guest = guest;
                self.ended(who, end);
            }
        }
    }

    /// A slot waits.
    fn waits(&mut self, who: u32, wait: Wait) {
        let Some(connection) = self.connections.get_mut(who as usize) else { return };
        let (Wait::Until(deadline) | Wait::Room(deadline)) = wait else { return self.queue(who) };
        if matches!(wait, Wait::Room(_)) && !std::mem::replace(&mut connection.told_of_room, true) {
            let (registry, token) = (self.tools.poll.registry(), Token(who as usize));
            let both = Interest::READABLE | Interest::WRITABLE;
            let told = connection.slot.as_ref().and_then(|slot| {
                slot.desk.guest(|guest| registry.reregister(&mut guest.socket, token, both))
            });
            if let Some(Err(error)) = told {
                warn!("a connection cannot be waited for: {error}");
                return self.remove(who as usize);
            }
        }
        connection.deadline = deadline;
        self.timers.arm(who, deadline);
    }

    /// A slot is done.
    fn ended(&mut self, who: u32, end: End) {
        let key = who as usize;
        let closing = self.scene.hall.is_closing();
        let Some(connection) = self.connections.get_mut(key) else { return };
        match end {
            End::Closed => self.remove(key),
            End::Untouched if closing => self.remove(key),
            End::Untouched => {}
            End::Idle if closing => self.looks_again(key),
            End::Idle => {
                connection.deadline = after(self.scene.age(), self.scene.deadlines.idle);
                self.timers.arm(who, connection.deadline);
                if connection.guest.as_ref().is_some_and(|guest| guest.readable) {
                    self.queue(who);
                }
            }
        }
    }

    /// Sends away whoever has not said what was to come first.
    fn refuse(&mut self, key: usize, error: &io::Error) {
        if let Some(mut guest) = self.connections.get_mut(key).and_then(|connection| connection.guest.take())
        {
            debug!("{}: {error}", PeerName(guest.address));
            let known = self.tools.poll.registry().deregister(&mut guest.socket).is_ok();
            if known && error.kind() == ErrorKind::InvalidData {
                let _ = self.tools.refuser.try_send(Refused::for_silence(guest.socket.into()));
            }
        }
        self.remove(key);
    }

    fn remove(&mut self, key: usize) {
        if let Some(connection) = self.connections.try_remove(key) {
            self.busy -= usize::from(connection.slot.is_some());
            self.scene.hall.leaves();
        }
    }
}
