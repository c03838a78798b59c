//! `PolledSocket`: the socket of a thread's connection that is registered with the thread's [`Parker`], so that a page can wait for its peer
//! and for something else at once.
//! Invariant: the socket is registered until this is dropped, and no call on it blocks.

use std::io;
use std::net::TcpStream;

use super::park::Parker;

/// A registration of the thread's connection.
pub(super) struct PolledSocket<'t> {
    parker: &'t Parker,
    /// Another descriptor of the same socket.
    socket: mio::net::TcpStream,
}

impl<'t> PolledSocket<'t> {
    pub(super) fn register(parker: &'t Parker, socket: &TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let mut socket = mio::net::TcpStream::from_std(socket.try_clone()?);
        parker.register(&mut socket)?;
        Ok(Self { parker, socket })
    }
}

impl Drop for PolledSocket<'_> {
    fn drop(&mut self) {
        self.parker.deregister(&mut self.socket);
    }
}
