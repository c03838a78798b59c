//! A UART as a blocking byte stream.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

/// The registers of a chip's UART.
pub trait Port {
    /// Returns true if a byte has been received.
    fn has_byte(&self) -> bool;

    /// Takes the oldest received byte. Requires [`Self::has_byte`].
    fn receive(&mut self) -> u8;

    /// Sends a byte. Blocks while the transmitter is full.
    fn send(&mut self, byte: u8);
}

/// A UART that is started.
pub struct Uart<P>(pub(crate) P);

impl<P> ErrorType for Uart<P> {
    type Error = Infallible;
}

impl<P: Port> ReadReady for Uart<P> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.has_byte())
    }
}

impl<P: Port> Read for Uart<P> {
    /// Blocks until the first byte, then returns all that have been received.
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for byte in memory {
            while !self.0.has_byte() {
                if count > 0 {
                    return Ok(count);
                }
            }
            *byte = self.0.receive();
            count += 1;
        }
        Ok(count)
    }
}

impl<P: Port> Write for Uart<P> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            self.0.send(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
