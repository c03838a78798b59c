//! The stream that a TLS session is lent on tokio: its calls return `WouldBlock` after the task is registered for a wake.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::task::{Context, Poll};

use tokio::net::TcpStream;

/// A socket, polled by a task.
pub(super) struct TlsStream<'s, 't, 'w> {
    pub(super) socket: &'s TcpStream,
    pub(super) task: &'t mut Context<'w>,
}

impl TlsStream<'_, '_, '_> {
    fn write_with(&mut self, op: impl Fn(&TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            match self.socket.poll_write_ready(self.task) {
                Poll::Pending => return Err(ErrorKind::WouldBlock.into()),
                Poll::Ready(ready) => ready?,
            }
            match op(self.socket) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }
}

impl Read for TlsStream<'_, '_, '_> {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.poll_read_ready(self.task) {
                Poll::Pending => return Err(ErrorKind::WouldBlock.into()),
                Poll::Ready(ready) => ready?,
            }
            match self.socket.try_read(memory) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

impl Write for TlsStream<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|socket| socket.try_write(bytes))
    }

    /// Several records leave by one system call.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|socket| socket.try_write_vectored(pieces))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket that is written without a task.
pub(super) struct TryStream<'s>(pub(super) &'s TcpStream);

impl Write for TryStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pending for `WouldBlock`.
pub(super) fn pending_if_blocked<R>(result: io::Result<R>) -> Poll<io::Result<R>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}
