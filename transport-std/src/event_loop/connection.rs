//! Law: a connection between two requests is its socket, and what is known of it; nothing else is kept.

use std::any::Any;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};

use mio::event::Event;
use mio::net::TcpStream;

use crate::net::sendfile;
use crate::proxy::ProxyHeader;

/// A connection.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) socket: TcpStream,
    pub(super) address: Option<SocketAddr>,
    /// There may be something to read. Readiness is told once, when it comes: what was not read to its end is remembered.
    pub(super) readable: bool,
    /// There may be room to write.
    pub(super) writable: bool,
    /// The peer has ended its side; what it had sent may still be there.
    hung_up: bool,
    /// What it has to say before anything else.
    preface: Option<Box<ProxyHeader>>,
}

impl Guest {
    pub(super) fn new(socket: TcpStream, address: Option<SocketAddr>, preface: Option<ProxyHeader>) -> Self {
        let preface = preface.map(Box::new);
        Self { socket, address, readable: false, writable: true, hung_up: false, preface }
    }

    /// Hears who is there, where somebody has to say that before his first request.
    ///
    /// # Errors
    /// `WouldBlock` where he has not said it yet; those of [`ProxyHeader::hear`].
    pub(super) fn introduces(&mut self) -> io::Result<()> {
        let Some(preface) = self.preface.as_mut().filter(|_| self.readable) else { return Ok(()) };
        match preface.poll(|memory| self.socket.peek(memory), |memory| (&self.socket).read(memory)) {
            Ok(client) => {
                self.address = client.or(self.address);
                self.preface = None;
                Ok(())
            }
            Err(error) => {
                self.readable = false;
                Err(error)
            }
        }
    }

    /// The system has told something new.
    pub(super) fn hears(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_error();
        self.writable |= event.is_writable() || event.is_error();
        self.hung_up |= event.is_read_closed() || event.is_error();
    }

    /// Reads what is there; [`io::ErrorKind::WouldBlock`], without asking the system, where nothing can be.
    pub(super) fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        if !self.readable {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = self.socket.read(memory);
        match &read {
            // A read that was not filled has emptied the socket: what comes later is told anew (epoll(7)).
            Ok(count) => self.readable = *count == memory.len() || self.hung_up,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
            Err(_) => {}
        }
        read
    }

    /// Writes what there is room for; [`io::ErrorKind::WouldBlock`], without asking the system, where there can be none.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.writable {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let written = self.socket.write(bytes);
        match &written {
            Ok(count) => self.writable = *count == bytes.len(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
            Err(_) => {}
        }
        written
    }

    /// Sends what there is room for of a source that the system reads by itself, where it can.
    pub(super) fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if !self.writable {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let sent = sendfile::send(&self.socket, source, offset, length);
        // Fewer bytes than were asked for may be the source's end, too: they do not tell whether there is room.
        if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            self.writable = false;
        }
        sent
    }

    pub(super) fn shutdown_write(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}
