//! `MioListener`: a listener that is registered with mio.

use std::io;
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::sync::Arc;

use mio::event::Source;
use mio::net::TcpListener;
#[cfg(unix)]
use mio::net::UnixListener;
use mio::{Interest, Registry, Token};

use super::listener::{Listener, set_accepted_options};
#[cfg(unix)]
use super::socket_file::SocketFile;
use crate::access::peer_name::canonical;

#[derive(Debug)]
pub(crate) enum MioListener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(#[expect(dead_code, reason = "removes the file")] Option<Arc<SocketFile>>, UnixListener),
}

impl MioListener {
    /// Registers a non-blocking listener, as [`per_worker`](super::listener::per_worker) returns them.
    pub(crate) fn new(listener: Listener, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut listener = match listener {
            Listener::Tcp(listener) | Listener::Given(listener) => Self::Tcp(TcpListener::from_std(listener)),
            #[cfg(unix)]
            Listener::Unix(file, listener) => Self::Unix(file, UnixListener::from_std(listener)),
        };
        registry.register(listener.source(), token, Interest::READABLE)?;
        Ok(listener)
    }

    pub(crate) fn deregister(&mut self, registry: &Registry) {
        let _ = registry.deregister(self.source());
    }

    /// Accepts a connection in non-blocking mode, and the [`canonical`] address of its peer.
    ///
    /// # Errors
    /// `WouldBlock` if there is none; the system's.
    pub(crate) fn accept(&self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (socket, address) = listener.accept()?;
                set_accepted_options(&socket)?;
                Ok((socket.into(), Some(canonical(address))))
            }
            #[cfg(unix)]
            Self::Unix(_, socket) => {
                let (socket, _) = socket.accept()?;
                Ok((OwnedFd::from(socket).into(), None))
            }
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(listener) => listener,
            #[cfg(unix)]
            Self::Unix(_, socket) => socket,
        }
    }
}
