//! Law: what goes wrong with one connection is that connection's end, what goes wrong with the machine is waited out; nobody who
//! stands at the door is forgotten.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use log::debug;
use mio::{Registry, Token};

use crate::net;
use crate::shared::accept::{Exhaustion, is_the_peers};

#[derive(Debug)]
struct Listener {
    socket: net::MioListener,
    token: Token,
    /// Somebody may be waiting there.
    waiting: bool,
}

/// The listeners of a worker.
#[derive(Debug)]
pub(super) struct Door {
    listeners: Vec<Listener>,
    exhaustion: Exhaustion,
}

impl Door {
    /// Listens to all of them.
    pub(super) fn new(
        listeners: Vec<net::Listener>,
        registry: &Registry,
        exhaustion: Exhaustion,
    ) -> io::Result<Self> {
        let mut watched = Vec::with_capacity(listeners.len());
        for (number, listener) in listeners.into_iter().enumerate() {
            let token = Token(usize::MAX - 1 - number);
            let socket = net::MioListener::new(listener, registry, token)?;
            watched.push(Listener { socket, token, waiting: true });
        }
        Ok(Self { listeners: watched, exhaustion })
    }

    /// The system has told something; was it of a listener?
    pub(super) fn hears(&mut self, event: Token) -> bool {
        let heard = self.listeners.iter_mut().find(|listener| listener.token == event);
        heard.map(|listener| listener.waiting = true).is_some()
    }

    /// May somebody be let in at once?
    pub(super) fn is_pressed(&self) -> bool {
        self.exhaustion.left().is_none() && self.listeners.iter().any(|listener| listener.waiting)
    }

    /// How long nobody is let in, because there is no room for him.
    pub(super) fn respite(&self) -> Option<Duration> {
        self.exhaustion.left()
    }

    /// The next who wants to come in; the listeners have their turns.
    pub(super) fn accept(&mut self) -> Option<(TcpStream, Option<SocketAddr>)> {
        if self.exhaustion.left().is_some() {
            return None;
        }
        for _ in 0..self.listeners.len() {
            // Whoever has let somebody in is the last to do so again.
            self.listeners.rotate_left(1);
            let Some(Listener { socket, waiting, .. }) = self.listeners.last_mut() else { break };
            while *waiting {
                match socket.accept() {
                    Ok(accepted) => return Some(accepted),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => *waiting = false,
                    Err(error) if is_the_peers(&error) => debug!("a connection came to nothing: {error}"),
                    Err(error) => {
                        self.exhaustion.begins(&error);
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Has every listener be looked at, whatever the system has told.
    pub(super) fn looks_again(&mut self) {
        self.listeners.iter_mut().for_each(|listener| listener.waiting = true);
    }

    /// Listens no more.
    pub(super) fn shut(&mut self, registry: &Registry) {
        for mut listener in self.listeners.drain(..) {
            listener.socket.deregister(registry);
        }
    }
}
