//! [`LowLevel`]: the stream of a page that has left HTTP.
//! Invariant: a write waits under a deadline of its own, whatever is read, for at most [`MAX_WRITE`] bytes.

use embedded_io_async::{ErrorType, Read, Write};

use super::io::MAX_WRITE;
use super::state::Input;
use crate::page::LowLevelStream;
use crate::slice::split_at;
use crate::transport::{Phase, Transport};

/// A transport, with the unread bytes of its request buffer in front.
pub(super) struct LowLevel<'a, 'm, T> {
    transport: &'a mut T,
    input: &'a mut Input<'m>,
    /// How many more bytes are written under the deadline of the last write; 0 if the next write has its own.
    piece: usize,
    /// Reads are in [`Phase::Close`].
    is_closing: bool,
}

impl<'a, 'm, T: Transport> LowLevel<'a, 'm, T> {
    pub(super) const fn new(transport: &'a mut T, input: &'a mut Input<'m>) -> Self {
        Self { transport, input, piece: 0, is_closing: false }
    }
}

impl<T: Transport> ErrorType for LowLevel<'_, '_, T> {
    type Error = T::Error;
}

impl<T: Transport> Read for LowLevel<'_, '_, T> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, T::Error> {
        let buffered = self.input.unread();
        let count = buffered.len().min(memory.len());
        if let (Some(place @ [_, ..]), Some(bytes)) = (memory.get_mut(..count), buffered.get(..count)) {
            place.copy_from_slice(bytes);
            self.input.consume(count);
            return Ok(count);
        }
        self.piece = 0;
        if !self.is_closing {
            self.transport.enter(Phase::LowLevel);
        }
        self.transport.read(memory).await
    }
}

impl<T: Transport> Write for LowLevel<'_, '_, T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        if self.piece == 0 {
            self.transport.enter(Phase::Response);
            self.piece = MAX_WRITE;
        }
        let count = self.transport.write(split_at(bytes, self.piece).0).await?;
        self.piece = self.piece.saturating_sub(count);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        self.piece = 0;
        self.transport.flush().await
    }
}

impl<T: Transport> LowLevelStream for LowLevel<'_, '_, T> {
    fn is_ending(&self) -> bool {
        self.transport.is_ending()
    }

    fn close(&mut self) {
        if !self.is_closing {
            self.is_closing = true;
            self.transport.enter(Phase::Close);
        }
    }
}
