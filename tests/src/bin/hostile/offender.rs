//! Law: an offender does one thing wrong for as long as it is let, and knows when its deadline began to run.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use socket2::{Domain, Socket, Type};

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A head that never ends, a byte every second.
    Head,
    /// A body that never ends, a byte every second.
    Body,
    /// A body that stops.
    Silence,
    /// Asks for more and more and reads nothing.
    Reader,
}

/// More than all buffers between the two hold.
const LARGE: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
const BODY: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx";
static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

#[derive(Debug)]
pub(crate) struct Offender {
    pub(crate) kind: Kind,
    pub(crate) stream: TcpStream,
    /// When the server began to wait for it.
    since: Instant,
}

impl Offender {
    pub(crate) fn connect(kind: Kind, address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if kind == Kind::Reader {
            // As over a real network: with this machine's own segments of 64 KB, small buffers move once in seconds.
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

    /// Sends the byte of this second.
    pub(crate) fn drip(&mut self) {
        // That the other side has gone is noticed by reading.
        let _ = match self.kind {
            Kind::Head => self.stream.write(b"G"),
            Kind::Body => self.stream.write(b"x"),
            Kind::Silence | Kind::Reader => Ok(0),
        };
    }

    /// Something has happened. How long has the server waited, if it has now closed?
    pub(crate) fn look(&mut self, closed: bool) -> Option<Duration> {
        let over = match self.kind {
            Kind::Reader => closed || self.push(),
            _ => self.drain(),
        };
        over.then(|| self.since.elapsed())
    }

    /// Sends what it can. Has the server gone?
    fn push(&mut self) -> bool {
        loop {
            match self.stream.write(&PIECE) {
                // Where it is in its body matters to nobody.
                Ok(0) => return true,
                Ok(_) => self.since = Instant::now(),
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }

    /// Reads what there is. Was that the end?
    fn drain(&mut self) -> bool {
        let mut waste = [0; 1024];
        loop {
            match self.stream.read(&mut waste) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}
