//! Law: a slot and its worker meet at a desk: the slot leaves there what it waits for, the worker who is to be served.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bantam::{Deadlines, ExchangeRecord, Outcome, Phase, PhaseTimer, Transport};
use embedded_io::ErrorType;
use embedded_io_async::{Read, Write};

use super::connection::Guest;
use super::loop_context::Scene;
use super::timers::{NEVER, Tick, after, tick};
use crate::access::observer::AccessRecord;
use crate::net::sendfile;

/// How many reads and writes a connection may make before the others have their turn.
const TURN: u32 = 16;

/// What becomes of a connection whose slot has nothing more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It waits for its next request.
    Idle,
    /// There was nothing to read after all.
    Untouched,
    /// It is over.
    Closed,
}

/// What a slot waits for that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// For its turn.
    Turn,
    /// For the socket, or something of the page's own, until this moment.
    Until(Tick),
    /// For room to write, until this moment.
    Room(Tick),
}

/// Who is being served.
#[derive(Debug)]
struct Seat {
    guest: Guest,
    watch: PhaseTimer<Deadlines>,
    phase: Phase,
    /// Nothing has been read yet.
    fresh: bool,
    /// When the request has begun.
    begun: Instant,
}

/// See the law.
pub(super) struct Desk {
    scene: Rc<Scene>,
    seat: RefCell<Option<Seat>>,
    wait: Cell<Wait>,
    end: Cell<Option<End>>,
    /// How many reads and writes are left in this turn.
    left: Cell<u32>,
}

impl Desk {
    pub(super) fn new(scene: Rc<Scene>) -> Rc<Self> {
        let (seat, wait) = (RefCell::new(None), Cell::new(Wait::Until(NEVER)));
        Rc::new(Self { scene, seat, wait, end: Cell::new(None), left: Cell::new(0) })
    }

    /// The worker sends somebody in.
    pub(super) fn takes(&self, guest: Guest) {
        let (watch, begun) = (PhaseTimer::new(self.scene.deadlines), self.scene.now());
        *self.seat.borrow_mut() = Some(Seat { guest, watch, phase: Phase::Idle, fresh: true, begun });
    }

    /// Another turn of the slot begins.
    pub(super) fn turn(&self) {
        self.left.set(TURN);
        self.wait.set(Wait::Until(NEVER));
    }

    /// Does something with whoever is served.
    pub(super) fn guest<O>(&self, look: impl FnOnce(&mut Guest) -> O) -> Option<O> {
        self.seat.borrow_mut().as_mut().map(|seat| look(&mut seat.guest))
    }

    /// How it ended and with whom, if it has; otherwise what is waited for.
    pub(super) fn outcome(&self) -> Result<(End, Option<Guest>), Wait> {
        match self.end.take() {
            Some(end) => Ok((end, self.seat.borrow_mut().take().map(|seat| seat.guest))),
            None => Err(self.wait.get()),
        }
    }

    /// The slot waits until somebody is to be served.
    pub(super) fn seated(&self) -> impl Future<Output = ()> {
        poll_fn(|_| {
            let seated = self.end.get().is_none() && self.seat.borrow().is_some();
            if seated { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    /// The slot is done with whoever was served.
    pub(super) fn leaves(&self, served: Outcome) {
        let untouched = self.seat.borrow().as_ref().is_some_and(|seat| seat.fresh);
        self.end.set(Some(match served {
            Outcome::Idle => End::Idle,
            _ if untouched => End::Untouched,
            _ => End::Closed,
        }));
    }

    /// Reads or writes, and says what to wait for if that cannot be done now.
    fn move_bytes<N>(
        &self,
        move_some: impl FnOnce(&mut Guest) -> io::Result<N>,
        wait: fn(Tick) -> Wait,
    ) -> Poll<io::Result<N>> {
        let mut seat = self.seat.borrow_mut();
        let Some(seat) = seat.as_mut() else { return Poll::Ready(Err(ErrorKind::NotConnected.into())) };
        let Some(left) = self.left.get().checked_sub(1) else {
            self.wait.set(Wait::Turn);
            return Poll::Pending;
        };
        match move_some(&mut seat.guest) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            moved => {
                self.left.set(left);
                seat.fresh = false;
                return Poll::Ready(moved);
            }
        }
        // Whoever has not said anything yet needs no slot to wait in: it looks as if his time were up.
        if seat.fresh && seat.phase == Phase::Idle {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let age = self.scene.age();
        match seat.watch.remaining(age) {
            Duration::ZERO => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            left => {
                self.wait.set(wait(after(age, left)));
                Poll::Pending
            }
        }
    }
}

/// The transport of a slot.
pub(super) struct Wire<'d>(pub(super) &'d Desk);

impl ErrorType for Wire<'_> {
    type Error = io::Error;
}

impl Read for Wire<'_> {
    fn read(&mut self, memory: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        poll_fn(|_| self.0.move_bytes(|guest| guest.read(memory), Wait::Until))
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<usize>> {
        poll_fn(|_| self.0.move_bytes(|guest| guest.write(bytes), Wait::Room))
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Wire<'_> {
    fn enter(&mut self, phase: Phase) {
        if let Some(seat) = self.0.seat.borrow_mut().as_mut() {
            seat.watch.enter(phase);
            seat.phase = phase;
            if phase == Phase::Head {
                seat.begun = self.0.scene.now();
            }
        }
    }

    async fn pause(&mut self, duration: Duration) {
        let desk = self.0;
        let over = after(desk.scene.age(), duration);
        poll_fn(|_| {
            if duration.is_zero() || tick(desk.scene.age()) >= over {
                return Poll::Ready(());
            }
            desk.wait.set(Wait::Until(over));
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
        poll_fn(|_| self.0.move_bytes(|guest| guest.write_from(source, offset, length), Wait::Room)).await
    }

    async fn shutdown_write(&mut self) -> io::Result<bool> {
        self.0.guest(|guest| guest.shutdown_write()).unwrap_or(Ok(())).map(|()| true)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.guest(|guest| guest.address).flatten()
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.scene.date())
    }

    fn keep_alive(&self) -> bool {
        !self.0.scene.hall.is_closing()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let seat = self.0.seat.borrow();
        let Some(Seat { guest, begun, .. }) = seat.as_ref() else { return };
        let scene = &self.0.scene;
        let took = if scene.observer.needs_duration() { begun.elapsed() } else { Duration::ZERO };
        scene.observer.on_response(&AccessRecord {
            client: guest.address,
            date: scene.date(),
            duration: took,
            record,
        });
    }
}
