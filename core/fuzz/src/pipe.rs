//! Law: how much of a message comes at once is the fuzzer's choice.

use std::convert::Infallible;

use embedded_io::{ErrorType, Read, Write};

/// A client that has said everything; reads and writes move at most so many bytes.
pub struct Pipe<'a> {
    pub said: &'a [u8],
    pub heard: Vec<u8>,
    pub reads: usize,
    pub writes: usize,
}

impl ErrorType for Pipe<'_> {
    type Error = Infallible;
}

impl Read for Pipe<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let count = memory.len().min(self.reads);
        self.said.read(&mut memory[..count])
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let count = bytes.len().min(self.writes);
        self.heard.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
