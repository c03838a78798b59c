//! Law: without a socket everything comes as it is cut, and time stands still.

use std::convert::Infallible;

use bantam::{Blocking, Buffers, Hooks, blocking, serve};
use bantam_std::{REQUEST_BUFFER, RESPONSE_BUFFER};
use bantam_www::Www;
use embedded_io::{ErrorType, Read, Write};

use crate::NOON;

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

struct Noon;

impl Hooks<Peer<'_>> for Noon {
    fn date(&mut self) -> Option<[u8; 29]> {
        Some(NOON)
    }
}

/// What the site answers to who says this, so many bytes at a time, with the buffers of a desktop.
pub(crate) fn hear(says: &[u8], piece: usize) -> Vec<u8> {
    let mut transport = Blocking { stream: Peer { says, piece, heard: Vec::new() }, hooks: Noon };
    let mut buffers = Box::new(Buffers::<REQUEST_BUFFER, RESPONSE_BUFFER>::new());
    blocking::run(serve(&mut transport, &mut buffers.session(), &Www)).expect("nothing fails in memory");
    transport.stream.heard
}
