//! `Server`: the builder of a server, which starts one of the modes.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bantam::{ConnectionState, Deadlines, Site};
use log::warn;

use crate::access::log::LogObserver;
use crate::access::observer::Observer;
use crate::net::{Listener, bind_beside, per_worker};
#[cfg(feature = "tokio")]
use crate::on_tokio;
use crate::proxy::{ClientAddrSource, ResolveClient, TrustedProxies};
use crate::running::RunningServer;
use crate::shared::config::{Config, MAX_HEAD_RANGE, REQUEST_BUFFER_SIZE};
use crate::shared::guarded_observer::GuardedObserver;
use crate::shared::limits::ConnectionLimits;
use crate::shared::spawn::Workers;
use crate::tls::Tls;
use crate::{event_loop, threads};

/// Concurrency model: an event loop per processor, or a thread per connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A few threads, each with an event loop of many connections. A page must not block its thread: it awaits what takes
    /// time. An idle connection costs its socket and some 130 bytes.
    #[default]
    EventLoop,
    /// A thread from a bounded pool for each connection that is served. Pages may block.
    Threads,
    /// An event loop of tokio in each of a few threads, for pages that use tokio. They need not be `Send`.
    #[cfg(feature = "tokio")]
    Tokio,
}

impl Mode {
    /// Every mode of this build, for tests of a site.
    pub const ALL: &[Self] = &[
        Self::EventLoop,
        Self::Threads,
        #[cfg(feature = "tokio")]
        Self::Tokio,
    ];
}

/// A server that has not started: its listeners and its limits.
#[must_use = "a server does nothing until it is started"]
pub struct Server {
    listeners: Vec<Listener>,
    deadlines: Deadlines,
    mode: Mode,
    workers: Option<usize>,
    max_connections: Option<usize>,
    body_limit: u64,
    max_head: usize,
    limits: ConnectionLimits,
    max_connections_per_client: Option<usize>,
    observer: Option<Arc<dyn Observer>>,
    proxies: TrustedProxies,
    tls: Option<Tls>,
}

impl Server {
    /// A server without a listener, in [`Mode::EventLoop`], with the default [`Deadlines`] and bodies of any length.
    pub const fn new() -> Self {
        Self {
            listeners: Vec::new(),
            deadlines: Deadlines::DEFAULT,
            mode: Mode::EventLoop,
            workers: None,
            max_connections: None,
            body_limit: u64::MAX,
            max_head: REQUEST_BUFFER_SIZE - ConnectionState::RESERVE,
            limits: ConnectionLimits::NONE,
            max_connections_per_client: None,
            observer: None,
            proxies: TrustedProxies::new(ClientAddrSource::XForwardedFor),
            tls: None,
        }
    }

    /// Adds a listener on each address that `address` resolves to. Port 0 takes a free port. Of several addresses those that
    /// cannot be bound are logged as warnings, if another one can.
    ///
    /// `[::]` takes IPv4, too, on every system. Where the server has an IPv4 address with the same port, before or after,
    /// `[::]` takes IPv6 only.
    ///
    /// # Errors
    /// `NotFound` where the name resolves to no address; `AddrInUse` where another process or listener has it; those of the
    /// resolver, bind(2) and listen(2).
    pub fn bind(mut self, address: impl ToSocketAddrs) -> io::Result<Self> {
        let (mut tried, mut failed) = (Vec::new(), Vec::new());
        for address in address.to_socket_addrs()? {
            // A name may stand for an address twice (hosts(5)).
            if tried.contains(&address) {
                continue;
            }
            tried.push(address);
            if let Err(error) = bind_beside(&mut self.listeners, address) {
                failed.push((address, error));
            }
        }
        if failed.len() == tried.len() {
            let none = || io::Error::new(ErrorKind::NotFound, "the name resolves to no address");
            return Err(failed.into_iter().next().map_or_else(none, |(_, error)| error));
        }
        for (address, error) in failed {
            warn!("cannot listen on {address}: {error}");
        }
        Ok(self)
    }

    /// Adds a listener of the caller's, which the workers share. Its options stay as they are, but for O_NONBLOCK and
    /// TCP_NODELAY.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listeners.push(Listener::Given(listener));
        self
    }

    /// Adds a Unix listener, for clients on this machine: their [`AccessRecord::client`](crate::AccessRecord::client) is
    /// `None`. Its file gets the permissions that the umask leaves, and is removed when the listener is closed. A file that no
    /// process listens on is replaced.
    ///
    /// # Errors
    /// `AddrInUse` where a process listens there, or the path is not a socket; `InvalidInput` for a path of more than 107
    /// bytes (103 on other systems than Linux); the system's.
    #[cfg(unix)]
    pub fn bind_unix(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        self.listeners.push(Listener::unix(path.as_ref(), None)?);
        Ok(self)
    }

    /// Like [`Self::bind_unix`], with these permissions of the file, such as `0o660`, whatever the umask. It has them before
    /// the first client can connect.
    ///
    /// # Errors
    /// Those of [`Self::bind_unix`], and chmod(2).
    #[cfg(unix)]
    pub fn bind_unix_with_mode(mut self, path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        self.listeners.push(Listener::unix(path.as_ref(), Some(mode))?);
        Ok(self)
    }

    /// Returns what [`Self::bind_unix`] would find at this path, and changes nothing: no file is made or replaced.
    ///
    /// # Errors
    /// Those of [`Self::bind_unix`], but for the permissions of the directory.
    #[cfg(unix)]
    pub fn check_unix(path: impl AsRef<Path>) -> io::Result<()> {
        Listener::check_unix(path.as_ref())
    }

    /// Adds a Unix listener of the caller's, whose file is not removed.
    #[cfg(unix)]
    pub fn unix_listener(mut self, listener: UnixListener) -> Self {
        self.listeners.push(Listener::Unix(None, listener));
        self
    }

    /// The time limit of each phase of a connection.
    pub const fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// The concurrency model.
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// How many threads serve, at least 1. Default: one for each processor; in [`Mode::Threads`], where it bounds the
    /// connections that are served at the same time, 128. A connection that waits for such a thread is answered 503 after the longer
    /// of [`Deadlines::idle`] and [`Deadlines::head`].
    pub const fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(if workers == 0 { 1 } else { workers });
        self
    }

    /// How many connections may be open, at least 1. At the limit the one that is idle longest is closed for a new one, in an event
    /// loop among those of the same worker; where none is idle, the new one is answered 503. Default: 16,384; in [`Mode::Threads`] 1,024.
    /// Connections that linger after their last response are not counted; there are at most 1,024 of them beside.
    pub const fn max_connections(mut self, limit: usize) -> Self {
        self.max_connections = Some(if limit == 0 { 1 } else { limit });
        self
    }

    /// How many connections one client may have; beyond it a new one is answered 429 with `Retry-After`, or with TLS the alert
    /// `internal_error`, and closed. 0 is any number. Default: a quarter of [`Self::max_connections`], but not less than 32.
    ///
    /// A client is an IPv4 address or a /64 of IPv6; behind a [proxy that sends PROXY protocol headers](ClientAddrSource::ProxyProtocol) it
    /// is the one of the header. Not limited are Unix sockets, loopback addresses, and [trusted proxies](Self::proxies) that state the
    /// client in a field. The counts take some 40 bytes for each client with a connection.
    pub const fn max_connections_per_client(mut self, limit: usize) -> Self {
        self.max_connections_per_client = Some(limit);
        self
    }

    /// The length of the longest request body, in bytes; a longer one is answered 413.
    pub const fn body_limit(mut self, limit: u64) -> Self {
        self.body_limit = limit;
        self
    }

    /// The length of the longest request head, in bytes, within [`MAX_HEAD_RANGE`](crate::MAX_HEAD_RANGE); a longer one is
    /// answered 431, or 414 if its request line does not end. Default: 8,176. Only a connection with a request in progress
    /// has a buffer of this size.
    pub const fn max_head(mut self, limit: usize) -> Self {
        let (least, most) = (*MAX_HEAD_RANGE.start(), *MAX_HEAD_RANGE.end());
        self.max_head = if limit < least {
            least
        } else if limit > most {
            most
        } else {
            limit
        };
        self
    }

    /// How many requests a connection may have: the last one's answer says `Connection: close`, and the connection ends. What is
    /// pipelined behind it is not processed, so that the client may send it again (RFC 9112 section 9.3.2). 0 is any number.
    /// Default: any number.
    pub const fn max_requests(mut self, limit: u32) -> Self {
        self.limits.max_requests = NonZeroU32::new(limit);
        self
    }

    /// The greatest age of a connection: from then on the next answer says `Connection: close`, and an idle connection is closed. A
    /// request that has begun is never cut off, nor is a WebSocket. Within a tenth of a second. Default: [`Duration::MAX`], no limit.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.limits.max_age = age;
        self
    }

    /// How many bytes a second are written to a connection: of heads and bodies, before TLS, in each mode and from files, too. They leave in
    /// 8 pieces a second, of 512 bytes to 64 KB. The waits block no thread of an event loop and use up no time of the [`Deadlines`]; a stop
    /// ends them as it ends a response. 0 is any number. Default: any number.
    pub const fn max_rate(mut self, bytes: u64) -> Self {
        self.limits.max_rate = NonZeroU64::new(bytes);
        self
    }

    /// Receives a record of every response. It must not block. Default: [`LogObserver`], which calls the logger of the crate
    /// `log`.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// The proxies whose statements of the client's address are used. Default: none.
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Speaks HTTPS on every TCP listener, with these certificates. Unix sockets speak plain HTTP. A header of the PROXY protocol
    /// comes before TLS. A request without TLS is answered 400. Default: plain HTTP.
    ///
    /// A connection that has no request holds no buffers of this crate; see [`Tls`] for the handshake.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Starts the server, and returns at once.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a server without a listener; the system's, for want of threads or descriptors.
    pub fn start<S: Site + Send + Sync + 'static>(self, site: S) -> io::Result<RunningServer> {
        self.prepare()?.start(site)
    }

    /// Opens what the workers listen on, and starts no thread. For a program that gives up rights before it serves: no address is
    /// bound and no processor counted after this call.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a server without a listener; the system's, for want of descriptors.
    pub fn prepare(mut self) -> io::Result<PreparedServer> {
        if self.listeners.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a server needs an address to listen on"));
        }
        let local_addresses = local_addresses(&self.listeners)?;
        let default = match self.mode {
            Mode::Threads => 128,
            _ => thread::available_parallelism().map_or(1, usize::from),
        };
        let workers = self.workers.unwrap_or(default);
        let accepting = if self.mode == Mode::Threads { 1 } else { workers };
        let listeners = per_worker(std::mem::take(&mut self.listeners), accepting)?;
        Ok(PreparedServer { server: self, workers, listeners, local_addresses })
    }

    fn start_with<S: Site + Send + Sync + 'static>(
        self,
        site: S,
        workers: usize,
        listeners: Vec<Vec<Listener>>,
    ) -> io::Result<Workers> {
        let proxies = Arc::new(self.proxies);
        let observer = self.observer.unwrap_or_else(|| Arc::new(LogObserver));
        let mut observer: Arc<dyn Observer> = Arc::new(GuardedObserver::new(observer));
        if proxies.reads_fields() {
            observer = Arc::new(ResolveClient { inner: observer, proxies: Some(Arc::clone(&proxies)) });
        }
        let resolver = proxies.reads_fields().then(|| Arc::clone(&proxies));
        let site = site.layer(ResolveClient { inner: (), proxies: resolver });
        let limit = if self.mode == Mode::Threads { 1024 } else { 16 * 1024 };
        let max_connections = self.max_connections.unwrap_or(limit);
        let mut limits = self.limits;
        let per_client = self.max_connections_per_client.unwrap_or_else(|| (max_connections / 4).max(32));
        limits.per_client = NonZeroUsize::new(per_client);
        let config = Config {
            deadlines: self.deadlines,
            limits,
            max_connections,
            body_limit: self.body_limit,
            max_head: self.max_head,
            observer,
            proxies,
            tls: self.tls,
        };
        match self.mode {
            Mode::EventLoop => event_loop::start(listeners, config, site),
            Mode::Threads => threads::start(listeners, workers, config, site),
            #[cfg(feature = "tokio")]
            Mode::Tokio => on_tokio::start(listeners, config, site),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("mode", &self.mode)
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}

/// A server that listens and does not serve yet: connections wait in the queues of its sockets.
#[derive(Debug)]
#[must_use = "a server does nothing until it is started"]
pub struct PreparedServer {
    server: Server,
    workers: usize,
    /// Those of each worker.
    listeners: Vec<Vec<Listener>>,
    local_addresses: (Vec<SocketAddr>, Vec<PathBuf>),
}

impl PreparedServer {
    /// Starts the server, and returns at once.
    ///
    /// # Errors
    /// The system's, for want of threads or descriptors.
    pub fn start<S: Site + Send + Sync + 'static>(self, site: S) -> io::Result<RunningServer> {
        let (local_addrs, unix_paths) = self.local_addresses;
        let worker_threads = self.workers;
        let workers = self.server.start_with(site, worker_threads, self.listeners)?;
        Ok(RunningServer { local_addrs, unix_paths, workers, worker_threads })
    }
}

/// The addresses of the TCP listeners, and the paths of the Unix listeners.
fn local_addresses(listeners: &[Listener]) -> io::Result<(Vec<SocketAddr>, Vec<PathBuf>)> {
    let mut local = (Vec::new(), Vec::new());
    for listener in listeners {
        match listener {
            Listener::Tcp(listener) | Listener::Given(listener) => local.0.push(listener.local_addr()?),
            #[cfg(unix)]
            Listener::Unix(_, listener) => {
                local.1.extend(listener.local_addr()?.as_pathname().map(Path::to_path_buf));
            }
        }
    }
    Ok(local)
}
