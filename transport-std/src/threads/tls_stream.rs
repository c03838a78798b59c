//! The stream that a TLS session is lent on a thread: its calls block until the phase ends, or return `WouldBlock` once the socket is
//! polled.
//! Invariant: between two polls the session is in its connection, so that a read that is dropped loses nothing.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::task::Poll;

use super::stream::DeadlineStream;
use crate::tls::Session;

impl DeadlineStream<'_> {
    /// Ends our side of TLS, as far as the peer takes it.
    pub(super) async fn close_tls(&mut self) {
        let _ = self.with_tls(true, |session, stream| session.close(stream)).await;
    }

    /// Calls `op` with the TLS of the connection and its stream until it does not block, or the phase ends; `None` for a plain
    /// connection.
    pub(super) async fn with_tls<R>(
        &mut self,
        writes: bool,
        mut op: impl FnMut(&mut Session, &mut TlsStream<'_, '_>) -> io::Result<R>,
    ) -> Option<io::Result<R>> {
        poll_fn(|_| {
            let Some(mut session) = self.tls.take() else { return Poll::Ready(None) };
            let result = op(&mut session, &mut TlsStream(self));
            self.tls = Some(session);
            match result {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.poll_io(writes, |_| Err(ErrorKind::WouldBlock.into())).map(Some)
                }
                result => Poll::Ready(Some(result)),
            }
        })
        .await
    }
}

/// The socket, for TLS.
pub(super) struct TlsStream<'a, 't>(&'a mut DeadlineStream<'t>);

impl TlsStream<'_, '_> {
    fn write_with(&mut self, mut op: impl FnMut(&TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        let DeadlineStream { polled, connection, .. } = &self.0;
        let count = if polled.is_some() { op(&connection.socket) } else { self.0.write_socket(op) }?;
        self.0.timer.late.add(count);
        Ok(count)
    }
}

impl Read for TlsStream<'_, '_> {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        if self.0.polled.is_some() {
            return (&self.0.connection.socket).read(memory);
        }
        self.0.read_socket(memory)
    }
}

impl Write for TlsStream<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|mut socket| socket.write(bytes))
    }

    /// Several records leave by one system call.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|mut socket| socket.write_vectored(pieces))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
