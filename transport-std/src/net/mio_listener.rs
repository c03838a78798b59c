//! Law: whatever clients come through, whoever waits for them is told in the same way, and gets the same socket.

use std::io;
use std::net::{SocketAddr, TcpStream};

use mio::event::Source;
use mio::net::TcpListener;
use mio::{Interest, Registry, Token};

use super::{Listener, set_nodelay};

/// A listener that the system tells of.
#[derive(Debug)]
pub(crate) enum MioListener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        socket: mio::net::UnixListener,
        /// Goes when the listener does.
        _file: Option<std::sync::Arc<super::SocketFile>>,
    },
}

impl MioListener {
    /// Has the system tell of whoever comes. The listener is one of [`super::per_worker`].
    pub(crate) fn new(listener: Listener, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut watched = match listener {
            Listener::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)),
            #[cfg(unix)]
            Listener::Unix(listener, file) => {
                Self::Unix { socket: mio::net::UnixListener::from_std(listener), _file: file }
            }
        };
        registry.register(watched.source(), token, Interest::READABLE)?;
        Ok(watched)
    }

    /// Has the system tell no more.
    pub(crate) fn deregister(&mut self, registry: &Registry) {
        let _ = registry.deregister(self.source());
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(listener) => listener,
            #[cfg(unix)]
            Self::Unix { socket, .. } => socket,
        }
    }

    /// Whoever is there, `WouldBlock` where nobody is. His socket does not block.
    pub(crate) fn accept(&self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (socket, address) = listener.accept()?;
                set_nodelay(&socket)?;
                Ok((socket.into(), Some(address)))
            }
            #[cfg(unix)]
            Self::Unix { socket, .. } => {
                let (socket, _) = socket.accept()?;
                Ok((std::os::fd::OwnedFd::from(socket).into(), None))
            }
        }
    }
}
