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

use super::listener::{Listener, set_accepted_options};
#[cfg(unix)]
use super::socket_file::SocketFile;
use crate::access::peer_name::canonical;

#[derive(Debug)]
pub(crate) enum TokioListener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(#[expect(dead_code, reason = "removes the file")] Option<Arc<SocketFile>>, UnixListener),
}

impl TokioListener {
    /// Registers a non-blocking listener, as [`per_worker`](super::listener::per_worker) returns them.
    pub(crate) fn new(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) | Listener::Given(listener) => {
                Self::Tcp(TcpListener::from_std(listener)?)
            }
            #[cfg(unix)]
            Listener::Unix(file, listener) => Self::Unix(file, UnixListener::from_std(listener)?),
        })
    }

    /// Accepts a connection.
    pub(crate) fn poll_accept(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, Option<SocketAddr>)>> {
        match self {
            Self::Tcp(listener) => listener.poll_accept(context).map(|accepted| {
                let (socket, address) = accepted?;
                set_accepted_options(&socket)?;
                Ok((socket, Some(canonical(address))))
            }),
            #[cfg(unix)]
            Self::Unix(_, socket) => socket.poll_accept(context).map(|accepted| {
                let socket = OwnedFd::from(accepted?.0.into_std()?);
                Ok((TcpStream::from_std(socket.into())?, None))
            }),
        }
    }
}
