//! [`LowLevel`]: the stream of a page that has left HTTP.

use embedded_io_async::{ErrorType, Read, Write};

use super::state::Input;
use crate::transport::{Phase, Transport};

/// A transport, with the unread bytes of its request buffer in front.
pub(super) struct LowLevel<'a, 'm, T> {
    pub(super) transport: &'a mut T,
    pub(super) input: &'a mut Input<'m>,
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
        self.transport.enter(Phase::LowLevel);
        self.transport.read(memory).await
    }
}

impl<T: Transport> Write for LowLevel<'_, '_, T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        self.transport.enter(Phase::LowLevel);
        self.transport.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        self.transport.flush().await
    }
}
