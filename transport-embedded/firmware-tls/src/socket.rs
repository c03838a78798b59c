//! The stream below TLS: it is lent its transport after the session is made, and keeps the byte that was looked at.

use bantam::Transport;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// A transport, and its first byte once that was looked at.
pub(crate) struct Socket<T> {
    transport: Option<T>,
    peeked: Option<u8>,
}

impl<T> Socket<T> {
    /// Returns a socket without a transport, so that the transport outlives a session that cannot be made.
    pub(crate) const fn empty() -> Self {
        Self { transport: None, peeked: None }
    }

    pub(crate) fn set(&mut self, transport: T) {
        self.transport = Some(transport);
    }

    pub(crate) fn transport(&mut self) -> Option<&mut T> {
        self.transport.as_mut()
    }
}

impl<T: Transport<Error = ErrorKind>> Socket<T> {
    /// Returns the next byte, which the next read returns again; `None` at the end of the stream.
    pub(crate) async fn peek(&mut self) -> Result<Option<u8>, ErrorKind> {
        if self.peeked.is_none() {
            let mut byte = [0];
            if self.read(&mut byte).await? == 0 {
                return Ok(None);
            }
            self.peeked = Some(byte[0]);
        }
        Ok(self.peeked)
    }

    /// Writes all of `bytes`.
    pub(crate) async fn send(&mut self, mut bytes: &[u8]) -> Result<(), ErrorKind> {
        while !bytes.is_empty() {
            let count = self.write(bytes).await?;
            if count == 0 {
                return Err(ErrorKind::WriteZero);
            }
            bytes = bytes.get(count..).unwrap_or(&[]);
        }
        self.flush().await
    }
}

impl<T> ErrorType for Socket<T> {
    type Error = ErrorKind;
}

impl<T: Transport<Error = ErrorKind>> Read for Socket<T> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        if let (Some(first), Some(byte)) = (memory.first_mut(), self.peeked) {
            *first = byte;
            self.peeked = None;
            return Ok(1);
        }
        match &mut self.transport {
            Some(transport) => transport.read(memory).await,
            None => Err(ErrorKind::NotConnected),
        }
    }
}

impl<T: Transport<Error = ErrorKind>> Write for Socket<T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match &mut self.transport {
            Some(transport) => transport.write(bytes).await,
            None => Err(ErrorKind::NotConnected),
        }
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        match &mut self.transport {
            Some(transport) => transport.flush().await,
            None => Err(ErrorKind::NotConnected),
        }
    }
}
