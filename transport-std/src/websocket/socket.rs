//! [`DeflateSocket`]: a WebSocket connection that compresses its messages if that was agreed upon.
//!
//! Invariant: a frame leaves in the order in which it was compressed, or the connection sends nothing more.

use std::fmt;
use std::future::Future;

use bantam::wire::{CloseCode, DeflateParams, Opcode, WebSocketPiece};
use bantam::{LowLevelStream, SocketError, WebSocket};

use super::compressor::Compressor;
use super::decompressor::Decompressor;

/// The longest frame that is compressed, in bytes.
const MAX_FRAME: usize = 4096;
/// More than compression adds to a short message.
const MARGIN: usize = 64;
/// The length of the empty block that is left out at the end of a message: it is held back.
const TAIL: usize = 4;
/// The longest compressed frame that a later call sends if the future of its `send` is dropped.
const SHORT: usize = 125;

/// A WebSocket connection with permessage-deflate (RFC 7692), if the client has agreed. [`websocket`](crate::websocket()) makes it. It is used
/// like a [`WebSocket`]: every message is compressed, control frames never are. A message is taken as the client has sent it, compressed or
/// not.
pub struct DeflateSocket<'m, S> {
    socket: WebSocket<'m, S, true>,
    /// The place of what is decompressed.
    output: &'m mut [u8],
    codec: Option<Codec>,
}

/// Both directions of a connection that compresses.
struct Codec {
    params: DeflateParams,
    compressor: Compressor,
    decompressor: Decompressor,
    /// Whether a part of what was compressed may be missing.
    is_torn: bool,
}

impl<'m, S: LowLevelStream> DeflateSocket<'m, S> {
    pub(super) fn new(
        socket: WebSocket<'m, S, true>,
        output: &'m mut [u8],
        agreed: Option<DeflateParams>,
    ) -> Self {
        let codec = agreed.map(|params| Codec {
            params,
            compressor: Compressor::new(
                !params.server_no_context_takeover,
                params.server_max_window_bits.unwrap_or(15),
            ),
            decompressor: Decompressor::new(!params.client_no_context_takeover),
            is_torn: false,
        });
        Self { socket, output, codec }
    }

    /// What was agreed; `None` if nothing is compressed.
    #[must_use]
    pub fn deflate(&self) -> Option<DeflateParams> {
        self.codec.as_ref().map(|codec| codec.params)
    }

    /// Receives the next piece of a message, decompressed, like [`WebSocket::recv`]. A future that is dropped loses nothing.
    ///
    /// # Errors
    /// A [`SocketError`].
    pub async fn recv(&mut self) -> Result<Option<WebSocketPiece<'_>>, SocketError<S::Error>> {
        let Some(codec) = &mut self.codec else { return self.socket.recv().await };
        let decompressor = &mut codec.decompressor;
        loop {
            match decompressor.advance(self.output) {
                Ok(Some((length, is_last))) => {
                    let opcode = decompressor.opcode();
                    let data = self.output.get(..length).unwrap_or(&[]);
                    if self.socket.check(&WebSocketPiece { opcode, is_last, data }).is_ok() {
                        let data = self.output.get(..length).unwrap_or(&[]);
                        return Ok(Some(WebSocketPiece { opcode, is_last, data }));
                    }
                }
                Ok(None) => {}
                Err(error) => self.socket.refuse(error),
            }
            // Behind an error this sends the close frame, and returns the error.
            let Some(piece) = self.socket.recv().await? else { return Ok(None) };
            let (opcode, is_last, length) = (piece.opcode, piece.is_last, piece.data.len());
            if let Some(place) = self.output.get_mut(..length) {
                place.copy_from_slice(piece.data);
            }
            if !self.socket.has_rsv1() {
                let data = self.output.get(..length).unwrap_or(&[]);
                return Ok(Some(WebSocketPiece { opcode, is_last, data }));
            }
            decompressor.feed(opcode, is_last, self.output.get(..length).unwrap_or(&[]));
        }
    }

    /// Sends a frame of a message, compressed, like [`WebSocket::send`]: in several frames if it is longer than 4,096 bytes. Control
    /// frames are sent as they are. A future that is dropped ends the connection, if the compressed frame has more than 125 bytes.
    ///
    /// # Errors
    /// [`SocketError::Closed`], [`SocketError::Stream`].
    pub async fn send(
        &mut self,
        opcode: Opcode,
        is_last: bool,
        data: &[u8],
    ) -> Result<(), SocketError<S::Error>> {
        // Behind this nothing is waited for before a short frame is staged.
        self.socket.flush().await?;
        let codec = match &mut self.codec {
            Some(codec) if !opcode.is_control() => codec,
            _ => return self.socket.send(opcode, is_last, data).await,
        };
        if std::mem::replace(&mut codec.is_torn, true) {
            return Err(SocketError::Closed);
        }
        let mut frame = vec![0; (data.len() + MARGIN).min(MAX_FRAME)];
        let (mut opcode, mut rest, mut kept, mut is_first) = (opcode, data, 0, true);
        loop {
            let (read, written) = codec.compressor.compress(rest, &mut frame[kept..]);
            rest = &rest[read..];
            let filled = kept + written;
            let is_whole = filled < frame.len();
            let mut length = if is_whole && !is_last { filled } else { filled.saturating_sub(TAIL) };
            if is_whole && is_last {
                if filled == 0 {
                    // An empty block of an empty message (section 7.2.3.6).
                    (frame[0], length) = (0, 1);
                }
                codec.compressor.end_message();
            }
            codec.is_torn = !(is_whole && length <= SHORT && is_first);
            let (is_end, payload) = (is_whole && is_last, &frame[..length]);
            if opcode == Opcode::Continuation {
                self.socket.send(opcode, is_end, payload).await?;
            } else {
                self.socket.send_rsv1(opcode, is_end, payload).await?;
            }
            if is_whole {
                codec.is_torn = false;
                return Ok(());
            }
            frame.copy_within(length..filled, 0);
            (kept, opcode, is_first) = (filled - length, Opcode::Continuation, false);
        }
    }

    /// Sends a text message, like [`Self::send`].
    ///
    /// # Errors
    /// Those of [`Self::send`].
    pub fn send_text(&mut self, text: &str) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.send(Opcode::Text, true, text.as_bytes())
    }

    /// Sends a binary message, like [`Self::send`].
    ///
    /// # Errors
    /// Those of [`Self::send`].
    pub fn send_binary(&mut self, data: &[u8]) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.send(Opcode::Binary, true, data)
    }

    /// Closes the connection like [`WebSocket::close`].
    ///
    /// # Errors
    /// A [`SocketError`].
    pub fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
    ) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.socket.close(code, reason)
    }

    /// The code of the peer's close frame; `None` if it has not come or has no code.
    #[must_use]
    pub const fn close_code(&self) -> Option<CloseCode> {
        self.socket.close_code()
    }
}

impl<S> fmt::Debug for DeflateSocket<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params = self.codec.as_ref().map(|codec| codec.params);
        f.debug_struct("DeflateSocket").field("deflate", &params).finish_non_exhaustive()
    }
}
