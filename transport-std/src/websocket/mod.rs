//! WebSocket connections with permessage-deflate, RFC 7692, for pages on `std`.

mod compressor;
mod decompressor;
mod socket;
mod spare;

use bantam::wire::DeflateOptions;
use bantam::{Connection, LowLevelStream, RequestDetails, WebSocketOptions};

pub use self::socket::DeflateSocket;

/// Switches to the WebSocket protocol like [`RequestDetails::websocket`], and agrees upon permessage-deflate (RFC 7692) if the client
/// offers it in a way that `deflate` allows. Otherwise nothing is compressed, and the connection is used in the same way.
///
/// `memory`, of at least two bytes, holds what is read, and in its second half what is decompressed: a piece of a message is not longer
/// than that. [`WebSocketOptions::max_message`] limits messages by their length after decompression: a longer one ends the
/// connection with 1009.
///
/// # Memory
///
/// In bytes, beside `memory`, for a window of 2 to the power `bits`; allocated for the first message in its direction:
///
/// | | with context takeover, kept by the connection | without, from the start to the end of each message |
/// |--|--|--|
/// | compression | 160,000 + 4 × window: 291,000 with 15 bits, 162,000 with 9 | the same, by a compressor of the thread |
/// | decompression | 41,000 | 41,000, by a decompressor of the thread |
///
/// A message that arrives in parts keeps up to half of `memory` more. `send` holds up to 4,096 bytes until it returns.
///
/// ```
/// use bantam::wire::{DeflateOptions, Opcode};
/// use bantam::{Connection, RequestDetails, WebSocketOptions};
///
/// /// Sends every message of up to 1 MB back.
/// async fn echo<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     let mut options = WebSocketOptions::DEFAULT;
///     options.max_message = 1 << 20;
///     let mut deflate = DeflateOptions::DEFAULT;
///     deflate.server_no_context_takeover = true;
///     let mut memory = [0; 4096];
///     let socket = bantam_std::websocket(details, &mut memory, &options, &deflate).await?;
///     let Some(mut socket) = socket else { return Ok(()) };
///     let mut message = Vec::new();
///     while let Ok(Some(piece)) = socket.recv().await {
///         let (opcode, is_last) = (piece.opcode, piece.is_last);
///         message.extend_from_slice(piece.data);
///         if is_last && socket.send(opcode, true, &std::mem::take(&mut message)).await.is_err() {
///             break;
///         }
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
/// Those of [`RequestDetails::websocket`].
pub async fn websocket<'f, C: Connection>(
    details: &'f mut RequestDetails<'_, C>,
    memory: &'f mut [u8],
    options: &WebSocketOptions<'_>,
    deflate: &DeflateOptions,
) -> Result<Option<DeflateSocket<'f, impl LowLevelStream>>, C::Error> {
    let agreed = deflate.choose(&details.headers).filter(|_| memory.len() >= 2);
    let (extensions, split) = match &agreed {
        Some(agreed) => (agreed.to_string(), memory.len() / 2),
        None => (String::new(), memory.len()),
    };
    let (memory, output) = memory.split_at_mut(split);
    let socket = details.websocket_extended(memory, options, &extensions).await?;
    Ok(socket.map(|socket| DeflateSocket::new(socket, output, agreed)))
}
