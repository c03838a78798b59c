//! Reads, writes, flushes and closes on a [`Transport`], in the phases that time them.
//! Invariant: after a write that did not succeed nothing else is written; the peer's last bytes are dropped only after the
//! last response is written and our side has ended.

use core::future::Future;

use embedded_io_async::{Error as _, ErrorKind};

use super::response_buffer::ResponseBuffer;
use super::state::ConnectionState;
use crate::error::Error;
use crate::slice::split_at;
use crate::transport::{Phase, Transport};

/// How many bytes are written under one deadline of [`Phase::Response`]: 64 KB at most.
pub const MAX_WRITE: usize = 64 * 1024;

/// How many bytes a closing connection still reads, so that the peer gets the last response and not a reset: 64 KB. A
/// transport that can wait without buffers reads on instead: see [`Transport::shutdown_write`].
const LINGER: usize = 64 * 1024;

/// Writes everything that is staged. Waits until the transport has taken it.
pub(crate) fn flush<T: Transport>(
    transport: &mut T,
    response: &mut ResponseBuffer<'_>,
) -> impl Future<Output = Result<(), Error<T::Error>>> {
    async move {
        if response.broken {
            return Err(Error::Closed);
        }
        if response.is_empty() {
            return Ok(());
        }
        response.broken = true;
        write(transport, response.close_and_bytes()).await?;
        response.broken = false;
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
            let (piece, _) = split_at(bytes, (bytes.len() - 1) % MAX_WRITE + 1);
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

/// The lingering close of RFC 9112 section 9.6: flushes, ends our side of the stream, then reads and drops what the peer
/// still sends until it closes, up to [`LINGER`] bytes or the end of [`Phase::Close`].
pub(crate) async fn close<T: Transport>(
    transport: &mut T,
    state: &mut ConnectionState<'_>,
) -> Result<(), Error<T::Error>> {
    flush(transport, &mut state.response).await?;
    let ended = loop {
        match transport.shutdown_write().await {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            ended => break ended.unwrap_or(false),
        }
    };
    if ended {
        transport.enter(Phase::Close);
        state.input.clear();
        let mut rest = LINGER;
        while let Ok(count @ 1..) = read(transport, state.input.free()).await
            && let Some(left) = rest.checked_sub(count)
        {
            rest = left;
        }
    }
    Ok(())
}
