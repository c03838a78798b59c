//! The whole response to a connection that is not served, as the core encodes it.

use std::io::{self, Cursor, Write};

use bantam::{Blocking, Buffers, ConnectionState, Hooks, Rejection, blocking, reject};
use embedded_io::ErrorType;
use embedded_io_adapters::std::FromStd;

use crate::shared::date::DateCache;

/// Writes the response to a socket that does not block.
pub(crate) fn write_refusal(
    socket: &mut impl Write,
    rejection: Rejection,
    date: &mut DateCache,
) -> io::Result<()> {
    // The send buffer of a new socket holds the whole of it.
    socket.write_all(&encode(date, rejection))
}

fn encode(date: &mut DateCache, rejection: Rejection) -> Vec<u8> {
    let mut buffers = Buffers::<{ ConnectionState::RESERVE }, 512>::new();
    let memory = FromStd::new(Cursor::new(Vec::new()));
    let mut transport = Blocking { stream: memory, hooks: DateHook(date) };
    // Writes to memory cannot fail.
    let _ = blocking::block_on(reject(&mut transport, &mut buffers.state(), rejection));
    transport.stream.into_inner().into_inner()
}

struct DateHook<'c>(&'c mut DateCache);

impl<T: ErrorType> Hooks<T> for DateHook<'_> {
    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.now())
    }
}
