//! Law: an address is listened to by nobody else, and by every worker through a socket of its own where the system divides the
//! connections among them.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// How many connections the kernel may hold that have not been accepted.
pub(crate) const BACKLOG: i32 = 1024;

/// Listens to an address.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    // Whoever shares an address shares it with every program of the same user: first it is taken for us alone.
    let alone = bind(address, false)?;
    if !SHARED {
        alone.listen(BACKLOG)?;
        return Ok(alone.into());
    }
    let address = TcpListener::from(alone).local_addr()?;
    let shared = bind(address, true)?;
    shared.listen(BACKLOG)?;
    Ok(shared.into())
}

/// The listeners of each of so many workers: where an address cannot be listened to several times, or was not meant to be,
/// they share one socket.
pub(crate) fn shares(listeners: Vec<TcpListener>, workers: usize) -> io::Result<Vec<Vec<TcpListener>>> {
    // A socket has it from its listener.
    listeners.iter().try_for_each(|listener| SockRef::from(listener).set_tcp_nodelay(true))?;
    let mut shares: Vec<Vec<TcpListener>> =
        (1..workers).map(|_| listeners.iter().map(sibling).collect()).collect::<io::Result<_>>()?;
    shares.push(listeners);
    Ok(shares)
}

fn sibling(listener: &TcpListener) -> io::Result<TcpListener> {
    let again = is_shared(listener).then(|| {
        let socket = bind(listener.local_addr()?, true)?;
        socket.set_tcp_nodelay(true)?;
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
