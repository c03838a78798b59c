//! The whole answer to a connection that is not served, as the core encodes it.

use std::io::{self, Cursor, Read, Write};

use bantam::wire::Status;
use bantam::{
    Blocking, Buffers, Connection, ConnectionState, Hooks, Refusal, Rejection, RequestDetails, Site,
    blocking, reject, serve,
};
use embedded_io::ErrorType;
use embedded_io_adapters::std::FromStd;

use crate::shared::date::DateCache;
use crate::tls::BUSY_ALERT;

/// What a connection is told before it is closed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LastAnswer {
    /// Nothing more.
    Written,
    Rejection(Rejection),
    /// Whatever the request is.
    Refusal(&'static Refusal),
    /// An alert of TLS.
    BusyAlert,
}

impl LastAnswer {
    /// Writes the answer to a socket that does not block.
    pub(super) fn write(self, socket: &mut impl Write, date: &mut DateCache) -> io::Result<()> {
        // The send buffer of a new socket holds the whole of it.
        match self {
            Self::Written => Ok(()),
            Self::Rejection(rejection) => socket.write_all(&encode(date, rejection)),
            Self::Refusal(refusal) => socket.write_all(&encode_refusal(date, refusal)),
            Self::BusyAlert => socket.write_all(BUSY_ALERT),
        }
    }
}

fn encode(date: &mut DateCache, rejection: Rejection) -> Vec<u8> {
    let mut buffers = Buffers::<{ ConnectionState::RESERVE }, 512>::new();
    let memory = FromStd::new(Cursor::new(Vec::new()));
    let mut transport = Blocking { stream: memory, hooks: DateHook(date) };
    // Writes to memory cannot fail.
    let _ = blocking::block_on(reject(&mut transport, &mut buffers.state(), rejection));
    transport.stream.into_inner().into_inner()
}

pub(super) static NEEDS_TLS: Refusal = Refusal::new(Status::BAD_REQUEST)
    .reason("This port speaks HTTPS only: the address begins with https://.");

pub(super) static TOO_MANY_CONNECTIONS: Refusal = Refusal::new(Status::TOO_MANY_REQUESTS)
    .reason("Too many connections of this client; try again in a moment.")
    .fields(&[("Retry-After", "1")]);

/// The site of a connection that is not served.
struct RefusingSite(&'static Refusal);

impl Site for RefusingSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        Err(details.refuse(self.0))
    }
}

/// The refusal of a request that is sound: what the client has sent is not looked at.
fn encode_refusal(date: &mut DateCache, refusal: &'static Refusal) -> Vec<u8> {
    let mut buffers = Buffers::<{ ConnectionState::RESERVE + 64 }, 512>::new();
    let exchange = Canned { request: b"GET / HTTP/1.0\r\n\r\n", response: Vec::new() };
    let mut transport = Blocking { stream: FromStd::new(exchange), hooks: DateHook(date) };
    // Reads and writes of memory cannot fail.
    let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &RefusingSite(refusal)));
    transport.stream.into_inner().response
}

/// A request in memory, and its response.
struct Canned {
    request: &'static [u8],
    response: Vec<u8>,
}

impl Read for Canned {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        self.request.read(memory)
    }
}

impl Write for Canned {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.response.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct DateHook<'c>(&'c mut DateCache);

impl<T: ErrorType> Hooks<T> for DateHook<'_> {
    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_tls_is_answered_400_with_a_sentence() {
        let mut answer = Vec::new();
        LastAnswer::Refusal(&NEEDS_TLS).write(&mut answer, &mut DateCache::new()).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.contains("\r\nConnection: close\r\n") && answer.contains("\r\nDate: "), "{answer}");
        assert!(answer.contains("This port speaks HTTPS only"), "{answer}");
    }
}
