//! A connection of the event loop: its socket, and what epoll has reported of it.
//! Invariant: no system call is made that would return `WouldBlock` by what the events and the calls before have shown.

use std::any::Any;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use mio::Interest;
use mio::event::Event;
use mio::net::TcpStream;

use crate::net::sendfile;
use crate::proxy::ProxyHeader;
use crate::shared::proxy_header::{HeaderProgress, read_proxy_header};

/// What an open connection is registered for. Urgent data is an event of its own on Linux.
#[cfg(target_os = "linux")]
pub(super) const READABLE: Interest = Interest::READABLE.add(Interest::PRIORITY);
#[cfg(not(target_os = "linux"))]
pub(super) const READABLE: Interest = Interest::READABLE;

/// A socket that is registered for edge-triggered events.
pub(super) struct PolledConnection {
    pub(super) socket: TcpStream,
    /// The client, as far as it is known.
    pub(super) address: Option<SocketAddr>,
    /// A read may succeed. An edge is reported once, so it is kept until the socket is empty.
    pub(super) readable: bool,
    writable: bool,
    /// The peer has shut down its side. Bytes may still be unread.
    read_closed: bool,
    /// A read may return less than there is. On a Unix socket it ends behind a message with descriptors (unix(7)); on TCP at the
    /// mark of urgent data (tcp(7)).
    reads_stop_short: bool,
    /// The PROXY protocol header that has to come first.
    proxy_header: Option<Box<ProxyHeader>>,
}

impl PolledConnection {
    pub(super) fn new(
        socket: TcpStream,
        address: Option<SocketAddr>,
        proxy_header: Option<ProxyHeader>,
    ) -> Self {
        let proxy_header = proxy_header.map(Box::new);
        // Only a Unix socket has no address.
        let reads_stop_short = address.is_none();
        let (readable, writable, read_closed) = (false, true, false);
        Self { socket, address, readable, writable, read_closed, reads_stop_short, proxy_header }
    }

    /// Reads the PROXY protocol header, if one is missing and the socket is readable.
    pub(super) fn read_proxy_header(&mut self) -> HeaderProgress {
        let Some(header) = self.proxy_header.as_mut().filter(|_| self.readable) else {
            return HeaderProgress::Client(self.address);
        };
        let socket = &self.socket;
        let progress = read_proxy_header(
            header,
            self.address,
            |memory| socket.peek(memory),
            |memory| (&*socket).read(memory),
        );
        match progress {
            HeaderProgress::Client(client) => (self.address, self.proxy_header) = (client, None),
            _ => self.readable = false,
        }
        progress
    }

    /// Returns true if nothing has arrived, whether it was reported or not.
    pub(super) fn is_silent(&self) -> bool {
        !self.readable && self.socket.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
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
        let read = self.socket.read(memory);
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
        let written =
            if more { sendfile::write_before(&self.socket, bytes) } else { self.socket.write(bytes) };
        match &written {
            Ok(count) => self.writable = *count == bytes.len(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
            Err(_) => {}
        }
        written
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
