//! The decoder's side of an extension that transforms messages and claims the first reserved bit, RFC 6455 section 5.8.
//!
//! Invariant: what an extension has decoded passes the checks of a message that needs no extension.

use crate::slice::split_at;
use crate::wire::websocket::decode::{WebSocketDecoder, WebSocketPiece};
use crate::wire::websocket::error::WebSocketError;
use crate::wire::websocket::frame::Opcode;

impl WebSocketDecoder<false> {
    /// A decoder that lets the first frame of a message have RSV1 if `is_claimed`: an extension was agreed upon that transforms messages,
    /// such as permessage-deflate (RFC 7692). The pieces of a message with the bit are what the extension has made of it. Neither their
    /// length nor their UTF-8 is checked: [`WebSocketDecoder::check`] checks them once they are decoded.
    #[must_use]
    pub const fn rsv1(self, is_claimed: bool) -> WebSocketDecoder<true> {
        let mut decoder = WebSocketDecoder::<true>::new(self.is_server).max_message(self.max_message);
        decoder.allows_rsv1 = is_claimed;
        decoder
    }
}

impl WebSocketDecoder<true> {
    /// Returns true if the message of the last piece has RSV1.
    #[must_use]
    pub const fn has_rsv1(&self) -> bool {
        self.has_rsv1
    }

    /// Checks a piece of a message with RSV1 after the extension has decoded it: the length of the message so far, and UTF-8 if it is
    /// text. Every piece has to be checked before the next frame is decoded.
    ///
    /// # Errors
    /// [`WebSocketError::NotUtf8`], [`WebSocketError::TooLong`].
    pub fn check(&mut self, piece: &WebSocketPiece<'_>) -> Result<(), WebSocketError> {
        // The first byte that breaks a rule says which: what is beyond the limit is not looked at.
        let allowed = usize::try_from(self.max_message.saturating_sub(self.length)).unwrap_or(usize::MAX);
        let is_too_long = piece.data.len() > allowed;
        let (data, _) = split_at(piece.data, allowed);
        self.length += data.len() as u64;
        let is_text = piece.opcode == Opcode::Text;
        let is_end = piece.is_last && !is_too_long;
        if is_text && !(self.utf8.take(data) && (!is_end || self.utf8.is_complete())) {
            self.close();
            return Err(WebSocketError::NotUtf8);
        }
        if is_too_long {
            self.close();
            return Err(WebSocketError::TooLong);
        }
        Ok(())
    }
}
