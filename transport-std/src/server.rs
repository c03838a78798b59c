//! Law: a server is what it was told to be before it starts, and stops when it is told to: what has begun is finished,
//! what has not is let go.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bantam::{Deadlines, Site};
use log::warn;
use mio::Waker;
use socket2::{Domain, Protocol, Socket, Type};

use crate::accept::Door;
use crate::house::House;
use crate::observer::{Log, Observer};
use crate::worker::Work;

/// How many connections the kernel may hold that have not been accepted.
pub(crate) const BACKLOG: i32 = 1024;

/// A server that has not started: where it listens, and its limits.
#[must_use = "a server does nothing until it is started"]
pub struct Server {
    listeners: Vec<TcpListener>,
    deadlines: Deadlines,
    workers: usize,
    connections: usize,
    body_limit: u64,
    observer: Option<Arc<dyn Observer>>,
}

impl Server {
    /// Listens nowhere; 128 workers, 1,024 connections, the default [`Deadlines`], bodies of any length.
    pub const fn new() -> Self {
        Self {
            listeners: Vec::new(),
            deadlines: Deadlines::DEFAULT,
            workers: 128,
            connections: 1024,
            body_limit: u64::MAX,
            observer: None,
        }
    }

    /// Listens on an address, too; a name that stands for several is listened to on each. Port 0 takes a free one.
    ///
    /// # Errors
    /// The system's: the port is taken, the address is not this machine's, the name is unknown.
    pub fn bind(mut self, address: impl ToSocketAddrs) -> io::Result<Self> {
        let before = self.listeners.len();
        for address in address.to_socket_addrs()? {
            self.listeners.push(listen(address)?);
        }
        if self.listeners.len() == before {
            return Err(io::Error::new(ErrorKind::NotFound, "the name stands for no address"));
        }
        Ok(self)
    }

    /// Takes connections from a listener of the caller's, too.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// How long each phase of a connection may take.
    pub const fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// How many connections are served at the same time, each on a thread of its own: at least 1. Others wait.
    pub const fn workers(mut self, workers: usize) -> Self {
        self.workers = if workers == 0 { 1 } else { workers };
        self
    }

    /// How many connections are let in, served or waiting: at least 1. Others are answered 503.
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.connections = if connections == 0 { 1 } else { connections };
        self
    }

    /// The longest body that is taken, in bytes; a longer one is answered 413.
    pub const fn body_limit(mut self, limit: u64) -> Self {
        self.body_limit = limit;
        self
    }

    /// Who is told of every answer; [`Log`] where nobody is named.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Starts to serve, and returns at once.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a server that listens nowhere; the system's, for want of threads or descriptors.
    pub fn start<S: Site + Send + Sync + 'static>(self, site: S) -> io::Result<Running> {
        if self.listeners.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a server needs an address to listen on"));
        }
        let addresses = self.listeners.iter().map(TcpListener::local_addr).collect::<io::Result<_>>()?;
        let house = House::new(self.workers, self.connections);
        let (deadlines, body_limit) = (self.deadlines, self.body_limit);
        let observer = self.observer.unwrap_or_else(|| Arc::new(Log));
        let work = Arc::new(Work { house: Arc::clone(&house), site, deadlines, body_limit, observer });
        let (door, waker) = Door::new(self.listeners, work)?;
        let door = std::thread::Builder::new().name("bantam-accept".into()).spawn(move || door.run())?;
        let stop = Stop { house, waker: Arc::new(waker) };
        Ok(Running { addresses, door, stop })
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

/// A server at work. Dropping it does not stop it.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<SocketAddr>,
    door: JoinHandle<()>,
    stop: Stop,
}

impl Running {
    /// Where it listens, with the real ports.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// A handle that stops it from anywhere.
    #[must_use]
    pub fn stop_handle(&self) -> Stop {
        self.stop.clone()
    }

    /// Waits until it has been stopped and every connection has ended, or the time that the stop allows is over; says how
    /// many connections were then cut off.
    pub fn wait(self) -> usize {
        if self.door.join().is_err() {
            warn!("the accept loop has failed");
            self.stop.stop(Duration::ZERO);
        }
        self.stop.house.wait_until_empty()
    }
}

/// Stops a server: see [`Stop::stop`].
#[derive(Clone, Debug)]
pub struct Stop {
    house: Arc<House>,
    waker: Arc<Waker>,
}

impl Stop {
    /// No connection is accepted any more, idle ones are closed at once, and requests that have begun are finished (with
    /// `Connection: close`) within `grace`. Returns at once; [`Running::wait`] waits. A second call changes the time.
    pub fn stop(&self, grace: Duration) {
        self.house.close(Instant::now().checked_add(grace));
        if let Err(error) = self.waker.wake() {
            warn!("the accept loop cannot be told to stop: {error}");
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Without it a restart has to wait for the last connections' TIME-WAIT; on Windows it would let ports be stolen.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
