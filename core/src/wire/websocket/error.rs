//! [`WebSocketError`]: why a WebSocket connection has to fail, RFC 6455 section 7.1.7.

use core::fmt;

use crate::wire::websocket::close::CloseCode;

/// What a peer has sent that RFC 6455 forbids. The connection is closed with [`Self::code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebSocketError {
    /// A reserved bit without an extension (section 5.2), or where the extension has no use for it (RFC 7692 section 6).
    ReservedBits,
    /// An opcode that is not known (section 5.2).
    BadOpcode,
    /// A length that is not in its shortest form, or of 2^63 and above (section 5.2).
    BadLength,
    /// A frame of a client that is not masked, or one of a server that is (section 5.1).
    BadMask,
    /// A control frame that is fragmented or longer than 125 bytes (section 5.5).
    BadControl,
    /// A continuation without a message, or a new message before the end of the last (section 5.4).
    BadFragment,
    /// Text or the reason of a close that is not UTF-8 (section 8.1).
    NotUtf8,
    /// A close frame of one byte, or with a code that no close frame can have (section 7.4).
    BadClose,
    /// A message that is longer than the limit (section 10.4), which counts what an extension makes of it.
    TooLong,
    /// A compressed message that cannot be decompressed (RFC 7692 section 7.2.2).
    BadCompression,
}

impl WebSocketError {
    /// The code of the close frame: 1002, 1007 or 1009.
    #[must_use]
    pub const fn code(self) -> CloseCode {
        match self {
            Self::NotUtf8 | Self::BadCompression => CloseCode::INVALID_DATA,
            Self::TooLong => CloseCode::TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }

    /// One sentence for the peer, which fits a close frame.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ReservedBits => "A reserved bit is set.",
            Self::BadOpcode => "The opcode is not known.",
            Self::BadLength => "The length of a frame is not valid.",
            Self::BadMask => "A frame has the wrong masking.",
            Self::BadControl => "A control frame is not valid.",
            Self::BadFragment => "A fragment is out of place.",
            Self::NotUtf8 => "Text is not UTF-8.",
            Self::BadClose => "A close frame is not valid.",
            Self::TooLong => "A message is too long.",
            Self::BadCompression => "A message cannot be decompressed.",
        }
    }
}

impl fmt::Display for WebSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for WebSocketError {}
