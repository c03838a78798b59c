//! Law: without a socket everything comes as it is cut, and time stands still.

use std::convert::Infallible;

use bantam::{Blocking, Buffers, Hooks, Site, blocking, serve};
use embedded_io::{ErrorType, Read, Write};

/// At once, for [`hear`].
pub const WHOLE: usize = usize::MAX;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What is still to be said, and how much of it at a time; what has been heard.
struct Peer<'a> {
    says: &'a [u8],
    piece: usize,
    heard: Vec<u8>,
}

impl ErrorType for Peer<'_> {
    type Error = Infallible;
}

impl Read for Peer<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let length = memory.len().min(self.piece);
        Read::read(&mut self.says, &mut memory[..length])
    }
}

impl Write for Peer<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A clock that stands still, or none.
struct Still(Option<[u8; 29]>);

impl Hooks<Peer<'_>> for Still {
    fn date(&mut self) -> Option<[u8; 29]> {
        self.0
    }
}

/// What a site answers to who says this and ends, over `Blocking` with buffers of these sizes. `piece`: so many bytes at a
/// time. `date`: what the clock says, if there is one.
///
/// # Panics
/// If the conversation fails, for nothing can fail in memory.
pub fn hear<S: Site, const INPUT: usize, const OUTPUT: usize>(
    site: &S,
    says: &[u8],
    piece: usize,
    date: Option<[u8; 29]>,
) -> Vec<u8> {
    let mut transport = Blocking { stream: Peer { says, piece, heard: Vec::new() }, hooks: Still(date) };
    let mut buffers = Box::new(Buffers::<INPUT, OUTPUT>::new());
    blocking::block_on(serve(&mut transport, &mut buffers.state(), site)).expect("nothing fails in memory");
    transport.stream.heard
}

/// Without 100 (Continue), which is only sent where the body has not come yet, so that it depends on the network.
#[must_use]
pub fn without_continue(heard: &[u8]) -> Vec<u8> {
    let mut bytes = heard.to_vec();
    while let Some(at) = bytes.windows(CONTINUE.len()).position(|window| window == CONTINUE) {
        bytes.drain(at..at + CONTINUE.len());
    }
    bytes
}
