//! `TokioListener`: a listener that is registered with tokio.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::sync::Arc;
use std::task::{Context, Poll};

#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpStream};

use super::listener::{Listener, set_nodelay};
#[cfg(unix)]
use super::socket_file::SocketFile;
use crate::access::peer_name::canonical;

#[derive(Debug)]
pub(crate) enum TokioListener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, #[expect(dead_code, reason = "removes the file")] Option<Arc<SocketFile>>),
}

impl TokioListener {
    /// Registers a non-blocking listener, as [`per_worker`](super::listener::per_worker) returns them.
    pub(crate) fn new(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            #[cfg(unix)]
            Listener::Unix(listener, file) => Self::Unix(UnixListener::from_std(listener)?, file),
        })
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Option<SocketAddr>)>> {
        match self {
            Self::Tcp(listener) => listener.poll_accept(context).map(|accepted| {
                let (socket, address) = accepted?;
                set_nodelay(&socket)?;
                Ok((socket, Some(canonical(address))))
            }),
            #[cfg(unix)]
            Self::Unix(socket, _) => socket.poll_accept(context).map(|accepted| {
                let socket = OwnedFd::from(accepted?.0.into_std()?);
                Ok((TcpStream::from_std(socket.into())?, None))
            }),
        }
    }
}

/// Accepts a connection from the first listener that has one.
pub(crate) fn poll_accept_any(
    listeners: &[TokioListener],
    context: &mut Context<'_>,
) -> Poll<io::Result<(TcpStream, Option<SocketAddr>)>> {
    let first = listeners.iter().map(|listener| listener.poll_accept(context)).find(Poll::is_ready);
    first.unwrap_or(Poll::Pending)
}
