//! Law: an address is listened to by nobody else, and by every worker through a socket of its own where the system divides the
//! connections among them.

mod mio_listener;
pub(crate) mod sendfile;
#[cfg(unix)]
mod socket_file;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_listener;

use std::io;
use std::net::{SocketAddr, TcpListener};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::sync::Arc;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

pub(crate) use self::mio_listener::MioListener;
#[cfg(unix)]
pub(crate) use self::socket_file::SocketFile;

/// How many connections the kernel may hold that have not been accepted.
pub(crate) const BACKLOG: i32 = 1024;

/// Where clients come from.
///
/// A client that comes through a file has a socket like any other: it is read and written as a `TcpStream`, of which nothing
/// is asked that only TCP has, and its address is `None`.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, Option<Arc<SocketFile>>),
}

impl Listener {
    /// Listens to an address.
    pub(crate) fn tcp(address: SocketAddr) -> io::Result<Self> {
        // Whoever shares an address shares it with every program of the same user: first it is taken for us alone.
        let alone = bind(address, false)?;
        if !SHARED {
            alone.listen(BACKLOG)?;
            return Ok(Self::Tcp(alone.into()));
        }
        let address = TcpListener::from(alone).local_addr()?;
        let shared = bind(address, true)?;
        shared.listen(BACKLOG)?;
        Ok(Self::Tcp(shared.into()))
    }

    /// Listens to a file, which it makes, and removes when nobody listens any more.
    #[cfg(unix)]
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        let (listener, file) = SocketFile::make(path)?;
        Ok(Self::Unix(listener, Some(Arc::new(file))))
    }

    /// Nobody waits for its clients, and they send at once.
    fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                // A socket has it from its listener, where the system is Linux.
                SockRef::from(listener).set_tcp_nodelay(true)
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => listener.set_nonblocking(true),
        }
    }

    /// The same for another worker: where an address cannot be listened to several times, or was not meant to be, they share
    /// one socket.
    fn sibling(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => sibling(listener).map(Self::Tcp),
            #[cfg(unix)]
            Self::Unix(listener, file) => Ok(Self::Unix(listener.try_clone()?, file.clone())),
        }
    }
}

/// The listeners of each of so many workers, none of which blocks.
pub(crate) fn per_worker(listeners: Vec<Listener>, workers: usize) -> io::Result<Vec<Vec<Listener>>> {
    let mut shares: Vec<Vec<Listener>> =
        (1..workers).map(|_| listeners.iter().map(Listener::sibling).collect()).collect::<io::Result<_>>()?;
    shares.push(listeners);
    shares.iter().flatten().try_for_each(Listener::prepare)?;
    Ok(shares)
}

/// Has whoever has just been accepted send at once, where it has not got that from its listener.
#[cfg(not(target_os = "linux"))]
pub(crate) fn set_nodelay<'s, S>(socket: &'s S) -> io::Result<()>
where
    SockRef<'s>: From<&'s S>,
{
    SockRef::from(socket).set_tcp_nodelay(true)
}

/// It has.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) const fn set_nodelay<S>(_: &S) -> io::Result<()> {
    Ok(())
}

fn sibling(listener: &TcpListener) -> io::Result<TcpListener> {
    let again = is_shared(listener).then(|| {
        let socket = bind(listener.local_addr()?, true)?;
        socket.listen(BACKLOG)?;
        Ok::<TcpListener, io::Error>(socket.into())
    });
    match again {
        Some(Ok(sibling)) => Ok(sibling),
        _ => listener.try_clone(),
    }
}

/// Does the system divide the connections of an address among those who listen to it? Elsewhere the option has another meaning.
const SHARED: bool = cfg!(target_os = "linux");

#[cfg(target_os = "linux")]
fn is_shared(listener: &TcpListener) -> bool {
    SockRef::from(listener).reuse_port().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn is_shared(_: &TcpListener) -> bool {
    false
}

fn bind(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Without it a restart has to wait for the last connections' TIME-WAIT; on Windows it would let ports be stolen.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_reuse_port(shared)?;
    let _ = shared;
    socket.bind(&address.into())?;
    Ok(socket)
}
