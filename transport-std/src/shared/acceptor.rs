//! `Acceptor`: accepts from several mio listeners in turn.
//! Invariant: a listener that was reported readable is asked again until it returns `WouldBlock`.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use log::warn;
use mio::{Events, Poll, Registry, Token};

use crate::net::{Listener, MioListener};
use crate::shared::accept::{AcceptBackoff, AfterAcceptError};

struct PolledListener {
    socket: MioListener,
    token: Token,
    readable: bool,
}

/// The listeners of one thread, and their back-off. Listener `n` has the token `usize::MAX - 1 - n`.
pub(crate) struct Acceptor {
    listeners: Vec<PolledListener>,
    backoff: AcceptBackoff,
}

impl Acceptor {
    /// Registers the listeners, which are those of [`crate::net::per_worker`].
    pub(crate) fn new(
        listeners: Vec<Listener>,
        registry: &Registry,
        backoff: AcceptBackoff,
    ) -> io::Result<Self> {
        let register = |(number, listener)| {
            let token = Token(usize::MAX - 1 - number);
            let socket = MioListener::new(listener, registry, token)?;
            Ok(PolledListener { socket, token, readable: true })
        };
        let listeners = listeners.into_iter().enumerate().map(register).collect::<io::Result<_>>()?;
        Ok(Self { listeners, backoff })
    }

    /// Notes an event; returns false if it is not of a listener.
    pub(crate) fn on_event(&mut self, token: Token) -> bool {
        let listener = self.listeners.iter_mut().find(|listener| listener.token == token);
        listener.map(|listener| listener.readable = true).is_some()
    }

    /// How long [`Self::accept`] has nothing to do; zero where a connection may be pending, `None` until the next event.
    pub(crate) fn next_timeout(&self) -> Option<Duration> {
        let pending = self.listeners.iter().any(|listener| listener.readable);
        self.backoff.remaining().or_else(|| pending.then_some(Duration::ZERO))
    }

    /// Accepts the next connection, whose socket does not block; `None` where none is pending or in a back-off.
    pub(crate) fn accept(&mut self) -> Option<(TcpStream, Option<SocketAddr>)> {
        if self.backoff.remaining().is_some() {
            return None;
        }
        for _ in 0..self.listeners.len() {
            // The listener that has accepted last is the last to be asked again.
            self.listeners.rotate_left(1);
            let Some(PolledListener { socket, readable, .. }) = self.listeners.last_mut() else { break };
            while *readable {
                match socket.accept() {
                    Ok(accepted) => return Some(accepted),
                    Err(error) => match self.backoff.on_error(&error) {
                        AfterAcceptError::Wait => *readable = false,
                        AfterAcceptError::Retry => {}
                        AfterAcceptError::BackOff => return None,
                    },
                }
            }
        }
        None
    }

    /// Accepts nothing for a while, because the system is out of resources.
    pub(crate) fn back_off(&mut self, error: &io::Error) {
        self.backoff.start(error);
    }

    /// Makes [`Self::accept`] ask every listener, whatever events have come.
    pub(crate) fn assume_readable(&mut self) {
        self.listeners.iter_mut().for_each(|listener| listener.readable = true);
    }

    /// Closes the listeners.
    pub(crate) fn close(&mut self, registry: &Registry) {
        for mut listener in self.listeners.drain(..) {
            listener.socket.deregister(registry);
        }
    }
}

/// Waits for events. Where the system cannot, logs it and sleeps, so that the caller does not spin.
pub(crate) fn poll_or_sleep(poll: &mut Poll, events: &mut Events, timeout: Option<Duration>) {
    match poll.poll(events, timeout) {
        Err(error) if error.kind() != ErrorKind::Interrupted => {
            warn!("cannot poll: {error}");
            thread::sleep(Duration::from_millis(100));
        }
        _ => {}
    }
}
