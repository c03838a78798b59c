//! A client that is slow on purpose, and measures when the server closes its connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use socket2::{Domain, Socket, Type};

/// The kind of attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sends a head without an end, a byte every second.
    Head,
    /// Sends a body without an end, a byte every second.
    Body,
    /// Stops in the middle of a body.
    Silence,
    /// Sends requests and reads no response.
    Reader,
}

/// A request whose echo does not fit all buffers on the path.
const LARGE: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
const BODY: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx";
static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

#[derive(Debug)]
pub(crate) struct Attacker {
    pub(crate) kind: Kind,
    pub(crate) stream: TcpStream,
    /// The start of the server's deadline.
    since: Instant,
}

impl Attacker {
    pub(crate) fn connect(kind: Kind, address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if kind == Kind::Reader {
            // Loopback segments of 64 KB would move once in seconds through such small buffers.
            socket.set_tcp_mss(1460)?;
            socket.set_recv_buffer_size(4096)?;
            socket.set_send_buffer_size(64 * 1024)?;
        }
        socket.connect(&address.into())?;
        socket.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(socket.into());
        stream.set_nodelay(true)?;
        let opening = match kind {
            Kind::Head => b"G",
            Kind::Body | Kind::Silence => BODY,
            Kind::Reader => LARGE,
        };
        stream.write_all(opening)?;
        Ok(Self { kind, stream, since: Instant::now() })
    }

    /// Sends the next byte.
    pub(crate) fn send_byte(&mut self) {
        // A closed connection is found by reading.
        let _ = match self.kind {
            Kind::Head => self.stream.write(b"G"),
            Kind::Body => self.stream.write(b"x"),
            Kind::Silence | Kind::Reader => Ok(0),
        };
    }

    /// Handles an event. Returns how long the server has waited, if it has closed the connection.
    pub(crate) fn on_event(&mut self, closed: bool) -> Option<Duration> {
        let closed = match self.kind {
            Kind::Reader => closed || self.push(),
            _ => self.drain(),
        };
        closed.then(|| self.since.elapsed())
    }

    /// Writes until the socket is full. Returns true if the server has closed.
    fn push(&mut self) -> bool {
        loop {
            match self.stream.write(&PIECE) {
                Ok(0) => return true,
                Ok(_) => self.since = Instant::now(),
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }

    /// Reads all bytes. Returns true if the server has closed.
    fn drain(&mut self) -> bool {
        let mut scratch = [0; 1024];
        loop {
            match self.stream.read(&mut scratch) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}
