//! `Acceptor`: accepts from several mio listeners in turn.
//! Invariant: a listener that was reported readable is asked again until it returns `WouldBlock`; one that fails is not asked
//! during its back-off, and keeps no other from being asked.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use mio::{Events, Poll, Registry, Token};

use crate::access::warn_limit::WarnLimit;
use crate::net::{Listener, MioListener};
use crate::shared::accept::{AcceptBackoff, AfterAcceptError};
use crate::shared::guard::report;

/// How many connections a server that stops accepts at most: no kernel queues as many, so that clients that go on connecting
/// do not keep it.
pub(crate) const MAX_QUEUED: usize = 16 * 1024;

struct PolledListener {
    socket: MioListener,
    token: Token,
    readable: bool,
    backoff: AcceptBackoff,
}

/// The listeners of one thread. Listener `n` has the token `usize::MAX - 1 - n`.
pub(crate) struct Acceptor {
    listeners: Vec<PolledListener>,
}

impl Acceptor {
    /// Registers the listeners, which are those of [`crate::net::per_worker`]. Each has a clone of `backoff`.
    pub(crate) fn new(
        listeners: Vec<Listener>,
        registry: &Registry,
        backoff: AcceptBackoff,
    ) -> io::Result<Self> {
        let register = |(number, listener)| {
            let token = Token(usize::MAX - 1 - number);
            let socket = MioListener::new(listener, registry, token)?;
            Ok(PolledListener { socket, token, readable: true, backoff: backoff.clone() })
        };
        let listeners = listeners.into_iter().enumerate().map(register).collect::<io::Result<_>>()?;
        Ok(Self { listeners })
    }

    /// Notes an event; returns false if it is not of a listener.
    pub(crate) fn on_event(&mut self, token: Token) -> bool {
        let listener = self.listeners.iter_mut().find(|listener| listener.token == token);
        listener.map(|listener| listener.readable = true).is_some()
    }

    /// How long [`Self::accept`] has nothing to do; zero where a connection may be pending, `None` until the next event.
    pub(crate) fn next_timeout(&self) -> Option<Duration> {
        let readable = self.listeners.iter().filter(|listener| listener.readable);
        readable.map(|listener| listener.backoff.remaining().unwrap_or_default()).min()
    }

    /// Accepts the next connection, whose socket does not block; `None` where none is pending or in a back-off.
    pub(crate) fn accept(&mut self) -> Option<(TcpStream, Option<SocketAddr>)> {
        for _ in 0..self.listeners.len() {
            // The listener that has accepted last is the last to be asked again.
            self.listeners.rotate_left(1);
            let Some(PolledListener { socket, readable, backoff, .. }) = self.listeners.last_mut() else {
                break;
            };
            while *readable && backoff.remaining().is_none() {
                match socket.accept() {
                    Ok(accepted) => {
                        backoff.on_accepted();
                        return Some(accepted);
                    }
                    Err(error) if backoff.on_error(&error) == AfterAcceptError::Wait => *readable = false,
                    Err(_) => {}
                }
            }
        }
        None
    }

    /// Accepts nothing for a while, because the system is out of resources.
    pub(crate) fn back_off(&mut self, error: &io::Error) {
        self.listeners.iter_mut().for_each(|listener| listener.backoff.start(error));
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
    static WARNINGS: WarnLimit = WarnLimit::new();
    match poll.poll(events, timeout) {
        Err(error) if error.kind() != ErrorKind::Interrupted => {
            if WARNINGS.allows() {
                report!(warn, "cannot poll: {error}");
            }
            thread::sleep(Duration::from_millis(100));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn listeners_take_turns() {
        let poll = Poll::new().unwrap();
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let addresses = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
        let clients: Vec<_> = addresses.iter().flat_map(|to| [to; 4]).map(TcpStream::connect).collect();
        let listeners = crate::net::per_worker(listeners.map(Listener::Tcp).into(), 1).unwrap().remove(0);
        let mut acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default()).unwrap();
        for _ in 0..4 {
            let mut ports = [(); 3].map(|()| acceptor.accept().unwrap().0.local_addr().unwrap());
            ports.sort_unstable();
            let mut expected = addresses;
            expected.sort_unstable();
            assert_eq!(ports, expected);
        }
        assert!(acceptor.accept().is_none() && clients.iter().all(Result::is_ok));
    }

    #[test]
    fn a_pending_connection_is_never_waited_for_without_end() {
        let poll = Poll::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let listeners = crate::net::per_worker(vec![Listener::Tcp(listener)], 1).unwrap().remove(0);
        let mut acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default()).unwrap();
        acceptor.back_off(&ErrorKind::Other.into());
        // The back-off ends between any two of these calls, each of which reads the clock.
        while acceptor.accept().is_none() {
            assert!(acceptor.next_timeout().is_some());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_listener_that_fails_keeps_no_other_from_accepting() {
        let poll = Poll::new().unwrap();
        let [broken, sound] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        // accept(2) answers EINVAL from now on.
        socket2::SockRef::from(&broken).shutdown(std::net::Shutdown::Both).unwrap();
        let clients = [(); 8].map(|()| TcpStream::connect(sound.local_addr().unwrap()).unwrap());
        let listeners = vec![Listener::Tcp(broken), Listener::Tcp(sound)];
        let listeners = crate::net::per_worker(listeners, 1).unwrap().remove(0);
        let mut acceptor = Acceptor::new(listeners, poll.registry(), AcceptBackoff::default()).unwrap();
        for _ in &clients {
            assert!(acceptor.accept().is_some());
        }
        assert!(acceptor.accept().is_none());
        assert!(
            acceptor.next_timeout().is_some_and(|timeout| !timeout.is_zero()),
            "neither spins nor sleeps for good"
        );
    }
}
