//! `PolledSocket`: a socket, and what epoll has reported of it.
//! Invariant: no system call is made that would return `WouldBlock` by what the events and the calls before have shown.

use std::any::Any;
use std::io::{self, ErrorKind, IoSlice, Read, Write};

use mio::Interest;
use mio::event::Event;
use mio::net::TcpStream;

use crate::net::{direct, sendfile};

/// What an open connection is registered for. Urgent data is an event of its own on Linux.
#[cfg(target_os = "linux")]
pub(super) const READABLE: Interest = Interest::READABLE.add(Interest::PRIORITY);
#[cfg(not(target_os = "linux"))]
pub(super) const READABLE: Interest = Interest::READABLE;

/// A socket that is registered for edge-triggered events.
pub(super) struct PolledSocket {
    pub(super) socket: TcpStream,
    /// A read may succeed. An edge is reported once, so it is kept until the socket is empty.
    pub(super) readable: bool,
    writable: bool,
    /// The peer has shut down its side. Bytes may still be unread.
    read_closed: bool,
    /// A read may return less than there is. On a Unix socket it ends behind a message with descriptors (unix(7)); on TCP at the
    /// mark of urgent data (tcp(7)).
    reads_stop_short: bool,
}

impl PolledSocket {
    pub(super) const fn new(socket: TcpStream, is_local: bool) -> Self {
        let (readable, writable, read_closed) = (false, true, false);
        Self { socket, readable, writable, read_closed, reads_stop_short: is_local }
    }

    pub(super) fn on_event(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_error();
        self.writable |= event.is_writable() || event.is_error();
        self.read_closed |= event.is_read_closed() || event.is_error();
        self.reads_stop_short |= event.is_priority();
    }

    /// Reads what has arrived, or returns `WouldBlock`.
    pub(super) fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        if !self.readable {
            return Err(ErrorKind::WouldBlock.into());
        }
        let read = direct::recv(&self.socket, memory);
        match &read {
            // Else a read that does not fill the memory has emptied the socket: the next bytes are a new edge (epoll(7)).
            Ok(count) => {
                self.readable = *count == memory.len() || self.read_closed || self.reads_stop_short;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(_) => {}
        }
        read
    }

    /// Makes the next write try, whatever events have come: a socket is reported writable when a third of its buffer is
    /// free, and takes bytes before.
    pub(super) const fn assume_writable(&mut self) {
        self.writable = true;
    }

    /// Writes what the send buffer takes, or returns `WouldBlock`. With `more` a file follows.
    pub(super) fn write(&mut self, bytes: &[u8], more: bool) -> io::Result<usize> {
        if !self.writable {
            return Err(ErrorKind::WouldBlock.into());
        }
        let written = if more {
            sendfile::write_before(&self.socket, bytes)
        } else {
            direct::send(&self.socket, bytes)
        };
        self.note_written(&written, bytes.len());
        written
    }

    /// A short write, and `WouldBlock`, show that the send buffer is full.
    #[inline]
    fn note_written(&mut self, written: &io::Result<usize>, length: usize) {
        match written {
            Ok(count) => self.writable = *count == length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
            Err(_) => {}
        }
    }

    /// Sends what the send buffer takes of a file: see [`sendfile::send`].
    pub(super) fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if !self.writable {
            return Err(ErrorKind::WouldBlock.into());
        }
        let sent = sendfile::send(&self.socket, source, offset, length);
        // A short count may be the end of the file: it does not show that the send buffer is full.
        if sent.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
            self.writable = false;
        }
        sent
    }
}

/// For TLS, as the methods of the same names.
impl Read for PolledSocket {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        self.read(memory)
    }
}

impl Write for PolledSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes, false)
    }

    /// Several records leave by one system call.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.writable {
            return Err(ErrorKind::WouldBlock.into());
        }
        let written = self.socket.write_vectored(pieces);
        self.note_written(&written, pieces.iter().map(|piece| piece.len()).sum());
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
