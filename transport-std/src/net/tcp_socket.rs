//! TCP sockets: socket(2), the options of a listener, bind(2) and listen(2).
//!
//! Invariant: an address of another process is never shared: a socket listens without SO_REUSEPORT before others may join it.

use std::io;
use std::net::{SocketAddr, TcpListener};

#[cfg(target_os = "linux")]
use socket2::SockRef;
use socket2::{Domain, Protocol, Socket, Type};

/// The number of connections that the kernel may complete before they are accepted.
pub(crate) const BACKLOG: i32 = 1024;

/// Listens on an address that no other socket listens on. An IPv6 socket that is not `only_v6` may take IPv4, too.
pub(super) fn listen_exclusively(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    listen(new_socket(address, only_v6)?, address)
}

/// Listens on the address of `listener` with another socket, among which the kernel balances connections.
#[cfg(target_os = "linux")]
pub(super) fn listen_beside(listener: &TcpListener) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    let only_v6 = address.is_ipv6() && SockRef::from(listener).only_v6()?;
    // Any process of this user may join from here on, so not before there are several workers.
    SockRef::from(listener).set_reuse_port(true)?;
    let socket = new_socket(address, only_v6)?;
    socket.set_reuse_port(true)?;
    listen(socket, address)
}

fn new_socket(address: SocketAddr, only_v6: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix it allows a restart during TIME-WAIT; on Windows it would allow another process to take the port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    if address.is_ipv6() {
        // The default differs among systems, and an administrator may change it.
        socket.set_only_v6(only_v6)?;
    }
    Ok(socket)
}

fn listen(socket: Socket, address: SocketAddr) -> io::Result<TcpListener> {
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
