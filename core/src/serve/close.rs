//! The lingering close of a connection: RFC 9112 section 9.6.
//! Invariant: the last response is written, and our side ended, before the rest of the peer's bytes is thrown away.

use embedded_io_async::{Error as _, ErrorKind};

use super::io::{flush, read};
use super::state::ConnectionState;
use crate::error::Error;
use crate::transport::{Phase, Transport};

/// How many bytes a closing connection still reads, so that the peer gets the last response and not a reset: 64 KB.
const LINGER: usize = 64 * 1024;

/// Flushes, ends our side of the stream, then reads and drops what the peer has under way until it closes, up to
/// [`LINGER`] bytes or the end of [`Phase::Close`].
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
        while let Ok(count @ 1..) = read(transport, state.input.free()).await {
            match rest.checked_sub(count) {
                Some(left) => rest = left,
                None => break,
            }
        }
    }
    Ok(())
}
