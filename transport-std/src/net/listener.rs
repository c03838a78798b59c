//! `Listener`: a TCP or Unix listener with the options that a server needs.
//!
//! Invariant: an address of another process is never shared: it is bound exclusively before SO_REUSEPORT is set.

use std::io;
use std::net::{SocketAddr, TcpListener};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::sync::Arc;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

#[cfg(unix)]
use super::socket_file::SocketFile;

/// The number of connections that the kernel may complete before they are accepted.
pub(crate) const BACKLOG: i32 = 1024;
/// True if the kernel balances connections among the sockets of an address. SO_REUSEPORT means something else elsewhere.
const REUSEPORT_BALANCES: bool = cfg!(target_os = "linux");

/// A listening socket.
///
/// A connection through a Unix socket is used as a `TcpStream`, for reads and writes only, and its peer address is `None`.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, Option<Arc<SocketFile>>),
}

impl Listener {
    /// Binds an address.
    pub(crate) fn tcp(address: SocketAddr) -> io::Result<Self> {
        let exclusive = bind(address, false)?;
        if !REUSEPORT_BALANCES {
            exclusive.listen(BACKLOG)?;
            return Ok(Self::Tcp(exclusive.into()));
        }
        // Any process of this user may join a socket with SO_REUSEPORT: bind without it first, so that a port that is in
        // use is an error.
        let address = TcpListener::from(exclusive).local_addr()?;
        listen_shared(address).map(Self::Tcp)
    }

    /// Binds a Unix socket. Its file is removed when the last listener is dropped.
    #[cfg(unix)]
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        let (listener, file) = SocketFile::bind(path)?;
        Ok(Self::Unix(listener, Some(Arc::new(file))))
    }

    fn set_options(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                // On Linux accepted sockets inherit the options.
                set_socket_options(listener)
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => listener.set_nonblocking(true),
        }
    }

    /// A socket of the same address with a queue of its own if the kernel balances, else the same socket.
    fn for_another_worker(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => {
                #[cfg(target_os = "linux")]
                let is_shared = SockRef::from(listener).reuse_port().unwrap_or(false);
                #[cfg(not(target_os = "linux"))]
                let is_shared = false;
                let address = is_shared.then(|| listener.local_addr().ok()).flatten();
                let own = address.and_then(|address| listen_shared(address).ok());
                own.map_or_else(|| listener.try_clone(), Ok).map(Self::Tcp)
            }
            #[cfg(unix)]
            Self::Unix(listener, file) => Ok(Self::Unix(listener.try_clone()?, file.clone())),
        }
    }
}

/// Multiplies listeners: returns as many for each worker, in non-blocking mode.
pub(crate) fn per_worker(listeners: Vec<Listener>, workers: usize) -> io::Result<Vec<Vec<Listener>>> {
    let mut sets: Vec<Vec<Listener>> = (1..workers)
        .map(|_| listeners.iter().map(Listener::for_another_worker).collect())
        .collect::<io::Result<_>>()?;
    sets.push(listeners);
    sets.iter().flatten().try_for_each(Listener::set_options)?;
    Ok(sets)
}

/// Sets the options of an accepted socket. On Linux it has inherited them from the listener.
pub(super) fn set_accepted_options<'s, S>(socket: &'s S) -> io::Result<()>
where
    SockRef<'s>: From<&'s S>,
{
    if cfg!(target_os = "linux") { Ok(()) } else { set_socket_options(socket) }
}

/// Sets TCP_NODELAY, and SO_OOBINLINE: urgent data is part of the stream (RFC 6093 section 6), as it is for a reader of packets.
fn set_socket_options<'s, S>(socket: &'s S) -> io::Result<()>
where
    SockRef<'s>: From<&'s S>,
{
    let socket = SockRef::from(socket);
    socket.set_tcp_nodelay(true)?;
    socket.set_out_of_band_inline(true)
}

/// Binds an address with SO_REUSEPORT.
fn listen_shared(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bind(address, true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn bind(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix it allows a restart during TIME-WAIT; on Windows it would allow another process to take the port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_reuse_port(shared)?;
    let _ = shared;
    socket.bind(&address.into())?;
    Ok(socket)
}
