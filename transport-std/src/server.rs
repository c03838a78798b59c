//! Law: a server is what it was told to be before it starts.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use bantam::{Deadlines, Site};
use log::warn;

use crate::access::log::LogObserver;
use crate::access::observer::Observer;
use crate::net::Listener;
#[cfg(feature = "tokio")]
use crate::on_tokio;
use crate::proxy::{ClientAddrSource, ResolveClient, TrustedProxies};
use crate::running::{ConnectionCounts, RunningServer, ServerHandle};
use crate::{event_loop, threads};

/// Who serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A few threads, each of which serves many connections in turns. A page must not block it: whatever waits has to be
    /// awaited. A connection that is idle costs its socket and about a hundred bytes.
    #[default]
    EventLoop,
    /// A thread for every connection that is served, for pages that block.
    Threads,
    /// As the loop, on tokio's sockets and timers, a runtime of one thread for each worker: for pages that use what tokio
    /// has. They need not be `Send`.
    #[cfg(feature = "tokio")]
    Tokio,
}

impl Mode {
    /// Every mode that this build has: what a test of a site goes through.
    pub const ALL: &[Self] = &[
        Self::EventLoop,
        Self::Threads,
        #[cfg(feature = "tokio")]
        Self::Tokio,
    ];
}

/// What every mode is told.
#[derive(Clone)]
pub(crate) struct Orders {
    pub(crate) deadlines: Deadlines,
    pub(crate) connections: usize,
    pub(crate) body_limit: u64,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) proxies: Arc<TrustedProxies>,
}

/// What every mode can do once it has started.
pub(crate) struct Started {
    pub(crate) control: Arc<dyn Control + Send + Sync>,
    /// Waits until everybody has gone; how many were cut off.
    pub(crate) wait: Box<dyn FnOnce() -> usize + Send>,
}

/// How many connections these workers have cut off in all.
pub(crate) fn sum_of(workers: Vec<JoinHandle<usize>>) -> usize {
    let ended = workers.into_iter().map(|worker| {
        worker.join().unwrap_or_else(|_| {
            warn!("a worker has failed");
            0
        })
    });
    ended.sum()
}

/// Whoever serves, for whoever has to know or to end it.
pub(crate) trait Control {
    /// No connection is accepted any more, none outlives its request, idle ones end at once, and at `until` all of them.
    fn close(&self, until: Option<Instant>);

    /// Who is there.
    fn connections(&self) -> ConnectionCounts;
}

/// A server that has not started: where it listens, and its limits.
#[must_use = "a server does nothing until it is started"]
pub struct Server {
    listeners: Vec<Listener>,
    deadlines: Deadlines,
    mode: Mode,
    workers: Option<usize>,
    connections: Option<usize>,
    body_limit: u64,
    observer: Option<Arc<dyn Observer>>,
    proxies: TrustedProxies,
}

impl Server {
    /// Listens nowhere; [`Mode::EventLoop`], the default [`Deadlines`], bodies of any length.
    pub const fn new() -> Self {
        Self {
            listeners: Vec::new(),
            deadlines: Deadlines::DEFAULT,
            mode: Mode::EventLoop,
            workers: None,
            connections: None,
            body_limit: u64::MAX,
            observer: None,
            proxies: TrustedProxies::new(ClientAddrSource::XForwardedFor),
        }
    }

    /// Listens on an address, too; a name that stands for several is listened to on each. Port 0 takes a free one.
    ///
    /// # Errors
    /// The system's: the port is taken, the address is not this machine's, the name is unknown.
    pub fn bind(mut self, address: impl ToSocketAddrs) -> io::Result<Self> {
        let before = self.listeners.len();
        for address in address.to_socket_addrs()? {
            self.listeners.push(Listener::tcp(address)?);
        }
        if self.listeners.len() == before {
            return Err(io::Error::new(ErrorKind::NotFound, "the name stands for no address"));
        }
        Ok(self)
    }

    /// Takes connections from a listener of the caller's, too.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listeners.push(Listener::Tcp(listener));
        self
    }

    /// Listens on a Unix socket, too, for clients on this machine, whose [`AccessRecord::client`](crate::AccessRecord::client) is `None`. Its
    /// file is made with the rights that the umask leaves and removed when nobody listens any more; one that was left behind by
    /// somebody who is gone is replaced.
    ///
    /// # Errors
    /// `AddrInUse` where somebody listens there, or the path is something else's; the system's.
    #[cfg(unix)]
    pub fn bind_unix(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        self.listeners.push(Listener::unix(path.as_ref())?);
        Ok(self)
    }

    /// Takes connections from a Unix socket of the caller's, too. Its file is the caller's.
    #[cfg(unix)]
    pub fn unix_listener(mut self, listener: UnixListener) -> Self {
        self.listeners.push(Listener::Unix(listener, None));
        self
    }

    /// How long each phase of a connection may take.
    pub const fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Who serves.
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// How many threads serve, at least 1. [`Mode::EventLoop`]: one for each processor unless told otherwise. [`Mode::Threads`]: as
    /// many as connections are served at the same time, while others wait; 128 unless told otherwise.
    pub const fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(if workers == 0 { 1 } else { workers });
        self
    }

    /// How many connections are let in, served or waiting, at least 1; others are answered 503. [`Mode::EventLoop`]: 16,384 unless told
    /// otherwise. [`Mode::Threads`]: 1,024.
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.connections = Some(if connections == 0 { 1 } else { connections });
        self
    }

    /// The longest body that is taken, in bytes; a longer one is answered 413.
    pub const fn body_limit(mut self, limit: u64) -> Self {
        self.body_limit = limit;
        self
    }

    /// Who is told of every answer; [`LogObserver`] where nobody is named.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Whose word is taken for who the client is; nobody's where nobody is named.
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Starts to serve, and returns at once.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a server that listens nowhere; the system's, for want of threads or descriptors.
    pub fn start<S: Site + Send + Sync + 'static>(self, site: S) -> io::Result<RunningServer> {
        if self.listeners.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a server needs an address to listen on"));
        }
        let (addresses, paths) = places(&self.listeners)?;
        let proxies = Arc::new(self.proxies);
        let mut observer = self.observer.unwrap_or_else(|| Arc::new(LogObserver));
        if proxies.reads_fields() {
            observer = Arc::new(ResolveClient { inner: observer, proxies: Some(Arc::clone(&proxies)) });
        }
        let site =
            ResolveClient { inner: site, proxies: proxies.reads_fields().then(|| Arc::clone(&proxies)) };
        let orders = Orders {
            deadlines: self.deadlines,
            connections: self.connections.unwrap_or(match self.mode {
                Mode::Threads => 1024,
                _ => 16 * 1024,
            }),
            body_limit: self.body_limit,
            observer,
            proxies,
        };
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        let started = match self.mode {
            Mode::EventLoop => {
                event_loop::start(self.listeners, self.workers.unwrap_or_else(processors), orders, site)
            }
            #[cfg(feature = "tokio")]
            Mode::Tokio => {
                on_tokio::start(self.listeners, self.workers.unwrap_or_else(processors), orders, site)
            }
            Mode::Threads => threads::start(self.listeners, self.workers.unwrap_or(128), orders, site),
        }?;
        Ok(RunningServer {
            addresses,
            paths,
            handle: ServerHandle { control: started.control },
            wait: started.wait,
        })
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

/// Where these listen.
fn places(listeners: &[Listener]) -> io::Result<(Vec<SocketAddr>, Vec<PathBuf>)> {
    let mut places = (Vec::new(), Vec::new());
    for listener in listeners {
        match listener {
            Listener::Tcp(listener) => places.0.push(listener.local_addr()?),
            #[cfg(unix)]
            Listener::Unix(listener, _) => {
                places.1.extend(listener.local_addr()?.as_pathname().map(Path::to_path_buf));
            }
        }
    }
    Ok(places)
}
