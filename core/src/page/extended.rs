//! A [`WebSocket`] with an extension that claims the first reserved bit, RFC 6455 section 9.
//!
//! Invariant: a message that the extension cannot decode ends the connection with a close frame.

use core::future::Future;

use super::connection::LowLevelStream;
use super::websocket::{SocketError, WebSocket};
use crate::wire::{Opcode, WebSocketError, WebSocketPiece};

/// The first reserved bit of a frame's first byte.
const RSV1_BIT: u8 = 0x40;

impl<S: LowLevelStream> WebSocket<'_, S, true> {
    /// Returns true if the message of the last piece has the first reserved bit: the piece is what the extension has to decode.
    #[must_use]
    pub const fn has_rsv1(&self) -> bool {
        self.decoder.has_rsv1()
    }

    /// Checks a piece that the extension has decoded ([`WebSocketDecoder::check`](crate::wire::WebSocketDecoder::check)). After an error
    /// the next [`Self::recv`] sends a close frame and returns the error.
    ///
    /// # Errors
    /// A [`WebSocketError`].
    pub fn check(&mut self, piece: &WebSocketPiece<'_>) -> Result<(), WebSocketError> {
        self.decoder.check(piece).inspect_err(|error| self.refuse(*error))
    }

    /// Ends the connection, because the extension cannot decode a message. The next [`Self::recv`] sends a close frame and returns the
    /// error.
    pub fn refuse(&mut self, error: WebSocketError) {
        self.decoder.close();
        self.error = Some(error);
        self.stage_close(Some(error.code()), &[]);
    }

    /// Sends what is staged: a pong, or a short frame whose `send` was dropped. Afterwards the first poll of a `send` stages its frame.
    ///
    /// # Errors
    /// Those of [`Self::send`].
    pub fn flush(&mut self) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.write(&[])
    }

    /// Like [`Self::send`], with the first reserved bit: for the first frame of a message that the extension has encoded.
    ///
    /// # Errors
    /// Those of [`Self::send`].
    pub fn send_rsv1(
        &mut self,
        opcode: Opcode,
        is_last: bool,
        data: &[u8],
    ) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.send_frame(u8::from(is_last) << 7 | RSV1_BIT | opcode.bits(), data)
    }
}
