//! The stream of a page that has left HTTP: [`Connection::low_level`](crate::Connection::low_level).
//! Invariant: bytes that were read with the request come before what the transport reads.

use embedded_io_async::{ErrorType, Read, Write};

use super::input::Input;
use crate::transport::{Phase, Transport};

/// A transport, with the unread bytes of its request buffer in front.
pub(crate) struct LowLevel<'a, 'm, T> {
    pub(crate) transport: &'a mut T,
    pub(crate) input: &'a mut Input<'m>,
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
