//! `Listener`: a TCP or Unix listener with the options that a server needs.
//!
//! Invariant: `[::]` takes IPv4, too, unless another listener of the server has an IPv4 address with the same port.

use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::sync::Arc;

use socket2::SockRef;

#[cfg(unix)]
use super::socket_file::SocketFile;
#[cfg(target_os = "linux")]
use super::tcp_socket::listen_beside;
use super::tcp_socket::listen_exclusively;

/// A listening socket.
///
/// A connection through a Unix socket is used as a `TcpStream`, for reads and writes only, and its peer address is `None`.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Bound here.
    Tcp(TcpListener),
    /// The caller's. Its workers share the one socket: another would lack options that are not known here.
    Given(TcpListener),
    #[cfg(unix)]
    Unix(Option<Arc<SocketFile>>, UnixListener),
}

impl Listener {
    /// Binds a Unix socket. Its file is removed when the last listener is dropped.
    #[cfg(unix)]
    pub(crate) fn unix(path: &Path, mode: Option<u32>) -> io::Result<Self> {
        let (listener, file) = SocketFile::bind(path, mode)?;
        Ok(Self::Unix(Some(Arc::new(file)), listener))
    }

    /// Returns what [`Self::unix`] would find at the path, and changes nothing.
    #[cfg(unix)]
    pub(crate) fn check_unix(path: &Path) -> io::Result<()> {
        SocketFile::check(path)
    }

    /// The address of a TCP listener.
    pub(crate) fn tcp_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) | Self::Given(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(..) => None,
        }
    }

    fn set_options(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) | Self::Given(listener) => {
                listener.set_nonblocking(true)?;
                // On Linux accepted sockets inherit the options.
                set_socket_options(listener)
            }
            #[cfg(unix)]
            Self::Unix(_, listener) => listener.set_nonblocking(true),
        }
    }

    /// A socket of the same address with a queue of its own if the kernel balances, else the same socket.
    fn for_another_worker(&self) -> io::Result<Self> {
        match self {
            // SO_REUSEPORT balances on Linux only; it means something else elsewhere.
            #[cfg(target_os = "linux")]
            Self::Tcp(listener) => listen_beside(listener).or_else(|_| listener.try_clone()).map(Self::Tcp),
            #[cfg(not(target_os = "linux"))]
            Self::Tcp(listener) => listener.try_clone().map(Self::Tcp),
            Self::Given(listener) => listener.try_clone().map(Self::Given),
            #[cfg(unix)]
            Self::Unix(file, listener) => Ok(Self::Unix(file.clone(), listener.try_clone()?)),
        }
    }
}

/// Binds an address for a server that has `listeners`, and adds the new one to them.
///
/// # Errors
/// The system's; for `AddrInUse` by one of `listeners` the error says so. Then they are as before.
pub(crate) fn bind_beside(listeners: &mut Vec<Listener>, address: SocketAddr) -> io::Result<()> {
    let port = address.port();
    let same_port =
        |listener: &Listener| listener.tcp_address().filter(|other| port != 0 && other.port() == port);
    if listeners.iter().filter_map(same_port).any(|other| other == address) {
        return Err(taken_here());
    }
    // The one that takes IPv4 at this port is bound again without it.
    let takes_v4 = |listener: &Listener| {
        matches!(listener, Listener::Tcp(socket) if !SockRef::from(socket).only_v6().unwrap_or(true))
            && same_port(listener).is_some_and(is_any_v6)
    };
    let dual = if address.is_ipv4() { listeners.iter().position(takes_v4) } else { None };
    if let Some(dual) = dual {
        rebind(listeners, dual, true)?;
    }
    let only_v6 = is_any_v6(address) && listeners.iter().filter_map(same_port).any(|other| other.is_ipv4());
    let error = match listen_exclusively(address, only_v6) {
        Ok(listener) => {
            listeners.push(Listener::Tcp(listener));
            return Ok(());
        }
        Err(error) => error,
    };
    if let Some(dual) = dual {
        rebind(listeners, dual, false)?;
    }
    let overlaps = |other: SocketAddr| match other.is_ipv4() == address.is_ipv4() {
        true => other.ip().is_unspecified() || address.ip().is_unspecified(),
        false => is_any_v6(other) && dual.is_none(),
    };
    let is_own = error.kind() == ErrorKind::AddrInUse && listeners.iter().filter_map(same_port).any(overlaps);
    Err(if is_own { taken_here() } else { error })
}

fn is_any_v6(address: SocketAddr) -> bool {
    address.ip() == Ipv6Addr::UNSPECIFIED
}

fn taken_here() -> io::Error {
    io::Error::new(ErrorKind::AddrInUse, "another listener of this server has it")
}

/// Binds a TCP listener again: IPV6_V6ONLY cannot be changed once a socket is bound (ipv6(7)).
fn rebind(listeners: &mut Vec<Listener>, index: usize, only_v6: bool) -> io::Result<()> {
    if let Some(address) = listeners.get(index).and_then(Listener::tcp_address) {
        drop(listeners.remove(index));
        listeners.insert(index, Listener::Tcp(listen_exclusively(address, only_v6)?));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::sync::atomic::{AtomicU16, Ordering};

    use super::*;

    fn bind_all(addresses: &[String]) -> io::Result<Vec<Listener>> {
        let mut listeners = Vec::new();
        addresses.iter().try_for_each(|address| bind_beside(&mut listeners, address.parse().unwrap()))?;
        Ok(listeners)
    }

    /// Returns false, and says so, where this machine has no IPv6.
    fn has_ipv6() -> bool {
        let bound = TcpListener::bind((Ipv6Addr::LOCALHOST, 0));
        if let Err(error) = &bound {
            println!("not tested: this machine has no ::1: {error}");
        }
        bound.is_ok()
    }

    /// A port that is free for every address, and that the kernel gives to no other socket by itself.
    fn free_port() -> u16 {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let start = 10_000 + (std::process::id() % 400 * 50) as u16;
        loop {
            let port = start + NEXT.fetch_add(1, Ordering::Relaxed) % 2000;
            if bind_all(&[format!("[::]:{port}")]).is_ok() {
                return port;
            }
        }
    }

    /// Which of 127.0.0.1, 127.0.0.2 and ::1 accept connections.
    fn reachable(port: u16) -> [bool; 3] {
        ["127.0.0.1", "127.0.0.2", "::1"].map(|host| TcpStream::connect((host, port)).is_ok())
    }

    #[test]
    fn the_unspecified_ipv6_address_alone_takes_ipv4_too() {
        if !has_ipv6() {
            return;
        }
        let listeners = bind_all(&["[::]:0".into()]).unwrap();
        assert_eq!(reachable(listeners[0].tcp_address().unwrap().port()), [true; 3]);
    }

    #[test]
    fn both_unspecified_addresses_are_bound_in_either_order() {
        if !has_ipv6() {
            return;
        }
        for order in [["0.0.0.0", "[::]"], ["[::]", "0.0.0.0"]] {
            let port = free_port();
            let listeners = bind_all(&order.map(|host| format!("{host}:{port}"))).unwrap();
            let bound: Vec<_> = listeners.iter().filter_map(Listener::tcp_address).collect();
            let expected: Vec<SocketAddr> =
                order.iter().map(|host| format!("{host}:{port}").parse().unwrap()).collect();
            assert_eq!((bound, reachable(port)), (expected, [true; 3]));
        }
    }

    #[test]
    fn beside_an_ipv4_address_the_unspecified_ipv6_address_takes_ipv6_only() {
        if !has_ipv6() {
            return;
        }
        for order in [["127.0.0.1", "[::]"], ["[::]", "127.0.0.1"]] {
            let port = free_port();
            let mut listeners = bind_all(&order.map(|host| format!("{host}:{port}"))).unwrap();
            assert_eq!(reachable(port), [true, false, true]);
            bind_beside(&mut listeners, format!("127.0.0.2:{port}").parse().unwrap()).unwrap();
            assert_eq!(reachable(port), [true; 3]);
        }
    }

    #[test]
    fn an_ipv4_address_that_cannot_be_bound_leaves_ipv4_to_the_ipv6_address() {
        if !has_ipv6() {
            return;
        }
        let port = free_port();
        let mut listeners = bind_all(&[format!("[::]:{port}")]).unwrap();
        // TEST-NET-1 (RFC 5737): no address of this machine.
        let error = bind_beside(&mut listeners, format!("192.0.2.1:{port}").parse().unwrap()).unwrap_err();
        assert_eq!((error.kind(), reachable(port)), (ErrorKind::AddrNotAvailable, [true; 3]));
    }

    #[test]
    fn an_address_that_another_listener_of_the_server_has_is_an_error_that_says_so() {
        if !has_ipv6() {
            return;
        }
        for (first, second) in [
            ("127.0.0.1", "127.0.0.1"),
            ("0.0.0.0", "127.0.0.1"),
            ("127.0.0.1", "0.0.0.0"),
            ("[::]", "[::]"),
            ("[::]", "[::1]"),
        ] {
            let port = free_port();
            let error = bind_all(&[first, second].map(|host| format!("{host}:{port}"))).unwrap_err();
            assert_eq!(error.to_string(), taken_here().to_string(), "{first} {second}");
        }
    }

    #[test]
    fn a_listener_of_the_caller_is_neither_bound_again_nor_multiplied() {
        if !has_ipv6() {
            return;
        }
        let socket = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        SockRef::from(&socket).set_keepalive(true).unwrap();
        let mut listeners = vec![Listener::Given(socket)];
        bind_beside(&mut listeners, format!("[::]:{port}").parse().unwrap()).unwrap();
        assert_eq!(reachable(port), [true; 3]);
        for set in per_worker(listeners, 3).unwrap() {
            let Listener::Given(socket) = &set[0] else { panic!("still the caller's") };
            assert!(SockRef::from(socket).keepalive().unwrap(), "the same socket");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn every_worker_has_a_socket_with_the_same_options() {
        if !has_ipv6() {
            return;
        }
        let port = free_port();
        let listeners = bind_all(&[format!("127.0.0.1:{port}"), format!("[::]:{port}")]).unwrap();
        let sets = per_worker(listeners, 3).unwrap();
        for set in &sets {
            let [Listener::Tcp(v4), Listener::Tcp(v6)] = &set[..] else { panic!("bound here") };
            assert!(SockRef::from(v4).reuse_port().unwrap() && SockRef::from(v6).reuse_port().unwrap());
            assert!(SockRef::from(v6).only_v6().unwrap());
        }
        assert_eq!(reachable(port), [true, false, true]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_balances_connections_among_the_sockets_of_the_workers() {
        let listeners = bind_all(&["127.0.0.1:0".into()]).unwrap();
        let address = listeners[0].tcp_address().unwrap();
        let sets = per_worker(listeners, 2).unwrap();
        let _clients: Vec<_> = (0..64).map(|_| TcpStream::connect(address).unwrap()).collect();
        for set in &sets {
            let Listener::Tcp(socket) = &set[0] else { panic!("bound here") };
            assert!(socket.accept().is_ok(), "one of 64 at least");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_other_socket_can_join_before_there_are_several_workers() {
        let listeners = bind_all(&["127.0.0.1:0".into()]).unwrap();
        let address = listeners[0].tcp_address().unwrap();
        let other = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        other.set_reuse_address(true).unwrap();
        other.set_reuse_port(true).unwrap();
        assert_eq!(other.bind(&address.into()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
