//! Reads, writes and flushes on a [`Transport`], in the phases that time them.
//! Invariant: after a write that did not succeed nothing else is written.

use core::future::Future;

use embedded_io_async::{Error as _, ErrorKind};

use super::response_buffer::ResponseBuffer;
use crate::error::Error;
use crate::transport::{Phase, Transport};

/// How many bytes are written under one deadline of [`Phase::Response`]: 64 KB at most.
pub const MAX_WRITE: usize = 64 * 1024;

/// Writes everything that is staged. Waits until the transport has taken it.
pub(crate) fn flush<T: Transport>(
    transport: &mut T,
    response: &mut ResponseBuffer<'_>,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        if response.is_broken() {
            return Err(Error::Closed);
        }
        if response.is_empty() {
            return Ok(());
        }
        response.begin_write();
        write(transport, response.close_and_bytes()).await?;
        response.end_write();
        response.clear();
        Ok(())
    }
}

/// Writes all of `bytes`, [`MAX_WRITE`] under each deadline, and flushes the transport.
pub(crate) fn write<T: Transport>(
    transport: &mut T,
    mut bytes: &[u8],
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        if !bytes.is_empty() {
            transport.enter(Phase::Response);
        }
        while !bytes.is_empty() {
            // Pieces are counted from the end: the rest alone says where the next one begins, and no counter is kept.
            let (piece, _) =
                bytes.split_at_checked((bytes.len() - 1) % MAX_WRITE + 1).unwrap_or((bytes, &[]));
            match transport.write(piece).await {
                Ok(0) => return Err(Error::Closed),
                Ok(count) => bytes = bytes.get(count..).unwrap_or(&[]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::Io(error)),
            }
            if !bytes.is_empty() && bytes.len().is_multiple_of(MAX_WRITE) {
                transport.enter(Phase::Response);
            }
        }
        loop {
            match transport.flush().await {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other.map_err(Error::Io),
            }
        }
    }
}

/// Reads once; retries what was interrupted.
pub(crate) fn read<T: Transport>(
    transport: &mut T,
    memory: &mut [u8],
) -> impl Future<Output = Result<usize, T::Error>> {
    async move {
        loop {
            match transport.read(memory).await {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}
