//! Law: tokio tells of whoever comes, through an address or through a file.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use tokio::net::{TcpListener, TcpStream};

use super::{Listener, set_nodelay};

/// A listener on tokio.
#[derive(Debug)]
pub(crate) enum TokioListener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        socket: tokio::net::UnixListener,
        /// Goes when the listener does.
        _file: Option<std::sync::Arc<super::SocketFile>>,
    },
}

impl TokioListener {
    /// The listener is one of [`crate::net::per_worker`].
    pub(crate) fn new(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            #[cfg(unix)]
            Listener::Unix(listener, file) => {
                Self::Unix { socket: tokio::net::UnixListener::from_std(listener)?, _file: file }
            }
        })
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Option<SocketAddr>)>> {
        match self {
            Self::Tcp(listener) => listener.poll_accept(context).map(|accepted| {
                let (socket, address) = accepted?;
                set_nodelay(&socket)?;
                Ok((socket, Some(address)))
            }),
            #[cfg(unix)]
            Self::Unix { socket, .. } => socket.poll_accept(context).map(|accepted| {
                let socket = std::os::fd::OwnedFd::from(accepted?.0.into_std()?);
                Ok((TcpStream::from_std(socket.into())?, None))
            }),
        }
    }
}

/// Whoever comes next to any of them.
pub(crate) fn poll_accept_any(
    listeners: &[TokioListener],
    context: &mut Context<'_>,
) -> Poll<io::Result<(TcpStream, Option<SocketAddr>)>> {
    let first = listeners.iter().map(|listener| listener.poll_accept(context)).find(Poll::is_ready);
    first.unwrap_or(Poll::Pending)
}
