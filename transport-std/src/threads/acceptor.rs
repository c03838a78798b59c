//! Law: the accept loop ends when it is told to, and for no other reason: what goes wrong with one connection is that
//! connection's end, what goes wrong with the machine is waited out.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use bantam::Site;
use log::debug;
use mio::{Events, Poll, Token, Waker};

use super::pool::Admission;
use super::worker::Work;
use crate::access::peer_name::PeerName;
use crate::net::{Listener, MioListener};
use crate::shared::accept::{Exhaustion, is_the_peers};
use crate::shared::reject::Refused;

/// How often to look for a silent connection while others wait for a thread.
const GLANCE: Duration = Duration::from_millis(200);
/// How many connections one listener may hand in before the next one has its turn.
const TURN: usize = 64;

/// The loop over all listeners of a server.
pub(crate) struct Door<S> {
    listeners: Vec<MioListener>,
    poll: Poll,
    work: Arc<Work<S>>,
    exhaustion: Exhaustion,
}

/// Why a listener was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    /// Nobody is waiting there.
    Empty,
    /// The next one has its turn.
    Busy,
    /// The machine has no room for more.
    Exhausted,
}

impl<S: Site + Send + Sync + 'static> Door<S> {
    /// The door, and what wakes it when the house closes.
    pub(crate) fn new(listeners: Vec<Listener>, work: Arc<Work<S>>) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), Token(usize::MAX))?;
        let mut watched = Vec::with_capacity(listeners.len());
        for (key, listener) in listeners.into_iter().enumerate() {
            watched.push(MioListener::new(listener, poll.registry(), Token(key))?);
        }
        Ok((Self { listeners: watched, poll, work, exhaustion: Exhaustion::default() }, waker))
    }

    /// Accepts until the house closes; then once more what is already there, and shuts the door.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(16);
        while !self.work.house.is_closing() {
            let timeout = match self.accept_all(TURN) {
                Left::Empty if self.work.house.is_crowded() => {
                    self.work.house.make_way();
                    Some(GLANCE)
                }
                Left::Empty => None,
                Left::Busy => Some(Duration::ZERO),
                Left::Exhausted => self.exhaustion.left(),
            };
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    self.exhaustion.begins(&error);
                    std::thread::sleep(self.exhaustion.left().unwrap_or_default());
                }
                _ => {}
            }
        }
        self.accept_all(usize::MAX);
    }

    fn accept_all(&mut self, limit: usize) -> Left {
        let listeners = std::mem::take(&mut self.listeners);
        let left = listeners.iter().map(|listener| self.accept(listener, limit)).max();
        self.listeners = listeners;
        left.unwrap_or(Left::Empty)
    }

    /// Takes in up to `limit` connections.
    fn accept(&mut self, listener: &MioListener, limit: usize) -> Left {
        for _ in 0..limit {
            match listener.accept() {
                Ok((socket, address)) => match socket.set_nonblocking(false) {
                    Ok(()) => self.admit(self.work.house.admit(socket, address)),
                    Err(error) => debug!("{}: gone before it was served: {error}", PeerName(address)),
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Left::Empty,
                Err(error) if is_the_peers(&error) => debug!("a connection came to nothing: {error}"),
                Err(error) => {
                    self.exhaustion.begins(&error);
                    return Left::Exhausted;
                }
            }
        }
        Left::Busy
    }

    fn admit(&mut self, admission: Admission) {
        match admission {
            Admission::Welcome => {}
            Admission::NeedsThread => {
                if let Err(error) = self.work.spawn() {
                    self.work.house.lacks_thread();
                    self.exhaustion.begins(&error);
                }
            }
            // A crowd that even the refuser cannot see off is dropped.
            Admission::Full(socket) => {
                self.work.orders.observer.on_rejected();
                drop(self.work.refuser.try_send(Refused::for_room(socket)));
            }
        }
    }
}
