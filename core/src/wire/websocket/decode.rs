//! The decoder of frames and messages, RFC 6455 section 5: resumable, in place.
//!
//! Invariant: the messages, and the first error, are the same at every split.

use crate::wire::websocket::close::CloseCode;
use crate::wire::websocket::error::WebSocketError;
use crate::wire::websocket::frame::Opcode;
use crate::wire::websocket::mask::mask;
use crate::wire::websocket::utf8::Utf8;

/// A piece of a message or of a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebSocketPiece<'a> {
    /// What it belongs to; never [`Opcode::Continuation`].
    pub opcode: Opcode,
    /// Whether the message, or the control frame, ends with it.
    pub is_last: bool,
    /// Its data, which is unmasked; of a close frame the reason, without the code. Text is UTF-8 as far as it has come: a piece can end
    /// inside of a character.
    pub data: &'a [u8],
}

/// The result of [`WebSocketDecoder::decode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebSocketStep<'a> {
    /// The number of input bytes consumed.
    pub used: usize,
    /// What has been found; `None` if the bytes were framing only.
    pub piece: Option<WebSocketPiece<'a>>,
}

/// A decoder of the frames of a WebSocket connection, with some 50 bytes of state: messages of any length, in pieces of its input.
///
/// ```
/// use bantam::wire::{Opcode, WebSocketDecoder};
///
/// let mut decoder = WebSocketDecoder::server();
/// let mut input = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let step = decoder.decode(&mut input)?;
/// let piece = step.piece.expect("a message");
/// assert_eq!((step.used, piece.opcode, piece.is_last, piece.data), (11, Opcode::Text, true, &b"Hello"[..]));
/// # Ok::<(), bantam::wire::WebSocketError>(())
/// ```
///
/// With `RSV1` an extension can claim the first reserved bit ([`WebSocketDecoder::rsv1`]); without it the decoder has no code for that.
#[derive(Clone, Debug)]
pub struct WebSocketDecoder<const RSV1: bool = false> {
    /// The bytes of payload that are left, or the part of a length that has come.
    remaining: u64,
    /// The length of the message so far.
    pub(super) length: u64,
    pub(super) max_message: u64,
    /// The input bytes that the last call has consumed.
    pub(crate) used: usize,
    /// Those of them, at the end, that are the data of its piece.
    pub(crate) data: usize,
    key: [u8; 4],
    code: u16,
    /// The bytes of payload that have come, modulo 256: a control frame has fewer.
    taken: u8,
    /// What the next byte is: that of this number of a header, [`PAYLOAD`] or [`CLOSED`].
    state: u8,
    /// The bytes of the length behind the first two: 0, 2 or 8.
    extended: u8,
    /// What the frame belongs to.
    pub(crate) opcode: Opcode,
    is_last: bool,
    /// The message that has begun; a continuation if there is none.
    message: Opcode,
    pub(super) utf8: Utf8,
    pub(super) is_server: bool,
    /// Whether an extension has claimed RSV1.
    pub(super) allows_rsv1: bool,
    /// Whether the first frame of the message has it.
    pub(super) has_rsv1: bool,
}

/// A state: the next byte is one of the payload.
const PAYLOAD: u8 = 254;
/// A state: the next byte is dropped, behind a close frame or an error.
const CLOSED: u8 = 255;

impl WebSocketDecoder<false> {
    /// A decoder of what clients send: every frame is masked.
    #[must_use]
    pub const fn server() -> Self {
        Self::new(true)
    }

    /// A decoder of what servers send: no frame is masked.
    #[must_use]
    pub const fn client() -> Self {
        Self::new(false)
    }
}

impl<const RSV1: bool> WebSocketDecoder<RSV1> {
    pub(super) const fn new(is_server: bool) -> Self {
        Self {
            remaining: 0,
            length: 0,
            max_message: u64::MAX,
            used: 0,
            data: 0,
            key: [0; 4],
            code: 0,
            taken: 0,
            state: 0,
            extended: 0,
            opcode: Opcode::Continuation,
            is_last: true,
            message: Opcode::Continuation,
            utf8: Utf8::START,
            is_server,
            allows_rsv1: false,
            has_rsv1: false,
        }
    }

    /// A decoder of what clients send, where RSV1 may be claimed.
    pub(crate) const fn of_client(max_message: u64, allows_rsv1: bool) -> Self {
        let mut decoder = Self::new(true).max_message(max_message);
        decoder.allows_rsv1 = RSV1 && allows_rsv1;
        decoder
    }

    /// Drops what follows, as behind an error.
    pub const fn close(&mut self) {
        self.state = CLOSED;
    }

    /// Sets the limit of a message, in bytes. There is none otherwise: the pieces need no memory.
    #[must_use]
    pub const fn max_message(mut self, bytes: u64) -> Self {
        self.max_message = bytes;
        self
    }

    /// Returns true behind a close frame, and after an error. What follows is dropped.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, CLOSED)
    }

    /// The code of the close frame that has come; `None` if there was none, or if it has no code.
    #[must_use]
    pub const fn close_code(&self) -> Option<CloseCode> {
        CloseCode::new(self.code)
    }

    /// Returns true between two frames: the connection can end here without a part of one being lost.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        matches!(self.state, 0 | CLOSED)
    }

    /// Decodes `input` up to a piece or its end, and unmasks the data in it. Consumes nothing of an empty input.
    ///
    /// # Errors
    /// A [`WebSocketError`], by the first byte that breaks a rule: the connection has to be closed with its code.
    pub fn decode<'a>(&mut self, input: &'a mut [u8]) -> Result<WebSocketStep<'a>, WebSocketError> {
        let is_last = self.advance(input)?;
        let bytes: &'a [u8] = input;
        let piece = is_last.map(|is_last| WebSocketPiece {
            opcode: self.opcode,
            is_last,
            data: bytes.get(self.used - self.data..self.used).unwrap_or(&[]),
        });
        Ok(WebSocketStep { used: self.used, piece })
    }

    /// Like [`Self::decode`], without a borrow of the input in its result. Returns whether the piece is the last one, `None` without a piece.
    /// It is of `opcode`, and its `data` is at the end of the bytes `used`.
    pub(crate) fn advance(&mut self, input: &mut [u8]) -> Result<Option<bool>, WebSocketError> {
        (self.used, self.data) = (0, 0);
        let result = self.try_advance(input);
        if result.is_err() {
            self.state = CLOSED;
        }
        result
    }

    #[inline(never)]
    fn try_advance(&mut self, input: &mut [u8]) -> Result<Option<bool>, WebSocketError> {
        loop {
            let Some(&byte) = input.get(self.used) else { return Ok(None) };
            let at = self.state;
            match at {
                PAYLOAD => return self.payload(input).map(Some),
                CLOSED => {
                    self.used = input.len();
                    return Ok(None);
                }
                _ => {}
            }
            self.used += 1;
            let length_end = 2 + self.extended;
            match at {
                0 => self.first(byte)?,
                1 => self.second(byte)?,
                _ if at < length_end => self.remaining = self.remaining << 8 | u64::from(byte),
                _ => self.key = (u32::from_le_bytes(self.key) >> 8 | u32::from(byte) << 24).to_le_bytes(),
            }
            let (next, length_end) = (at + 1, 2 + self.extended);
            if next == length_end {
                self.begin_payload()?;
            }
            self.state = next;
            if next == length_end + 4 * u8::from(self.is_server) {
                self.state = PAYLOAD;
                // There may be no byte to decode.
                if self.remaining == 0 && self.end_of_payload()? {
                    return Ok(Some(true));
                }
            }
        }
    }

    fn first(&mut self, byte: u8) -> Result<(), WebSocketError> {
        let begins = matches!(byte & 15, 1 | 2);
        let has_rsv1 = RSV1 && self.allows_rsv1 && begins && byte & 0x70 == 0x40;
        if byte & 0x70 != 0 && !has_rsv1 {
            return Err(WebSocketError::ReservedBits);
        }
        if RSV1 && begins {
            self.has_rsv1 = has_rsv1;
        }
        self.opcode = Opcode::from_bits(byte & 15).ok_or(WebSocketError::BadOpcode)?;
        self.is_last = byte & 0x80 != 0;
        if self.opcode.is_control() {
            if !self.is_last {
                return Err(WebSocketError::BadControl);
            }
        } else if (self.opcode == Opcode::Continuation) == (self.message == Opcode::Continuation) {
            return Err(WebSocketError::BadFragment);
        } else if begins {
            (self.message, self.length, self.utf8) = (self.opcode, 0, Utf8::START);
        } else {
            self.opcode = self.message;
        }
        self.extended = 0;
        Ok(())
    }

    fn second(&mut self, byte: u8) -> Result<(), WebSocketError> {
        if (byte & 0x80 != 0) != self.is_server {
            return Err(WebSocketError::BadMask);
        }
        let length = byte & 0x7f;
        if self.opcode.is_control() && length > 125 {
            return Err(WebSocketError::BadControl);
        }
        if self.opcode == Opcode::Close && length == 1 {
            return Err(WebSocketError::BadClose);
        }
        (self.extended, self.remaining) = match length {
            126 => (2, 0),
            127 => (8, 0),
            _ => (0, length.into()),
        };
        Ok(())
    }

    /// Begins the payload, or the masking key before it.
    fn begin_payload(&mut self) -> Result<(), WebSocketError> {
        let least = match self.extended {
            0 => 0,
            2 => 126,
            _ => 0x1_0000,
        };
        if self.remaining < least || self.remaining >> 63 != 0 {
            return Err(WebSocketError::BadLength);
        }
        self.taken = 0;
        if self.opcode == Opcode::Close {
            // Nothing follows a close frame: its reason is checked in the place of the message.
            (self.utf8, self.code) = (Utf8::START, 0);
        }
        if !self.opcode.is_control() && !self.is_transformed() {
            self.length = self.length.saturating_add(self.remaining);
            if self.length > self.max_message {
                return Err(WebSocketError::TooLong);
            }
        }
        Ok(())
    }

    /// Returns true if the piece is the last one.
    fn payload(&mut self, input: &mut [u8]) -> Result<bool, WebSocketError> {
        let data = input.get_mut(self.used..).unwrap_or(&mut []);
        let length = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(data.len());
        let data = data.get_mut(..length).unwrap_or(&mut []);
        if self.is_server {
            mask(data, self.key, self.taken.into());
        }
        let mut text: &[u8] = data;
        while self.opcode == Opcode::Close && self.taken < 2 {
            let Some((byte, rest)) = text.split_first() else { break };
            (self.code, self.taken, text) = (self.code << 8 | u16::from(*byte), self.taken + 1, rest);
            if self.taken == 2 && self.close_code().is_none() {
                return Err(WebSocketError::BadClose);
            }
        }
        if self.is_text() && !self.utf8.take(text) {
            return Err(WebSocketError::NotUtf8);
        }
        self.taken = self.taken.wrapping_add(text.len() as u8);
        self.data = text.len();
        self.remaining -= length as u64;
        self.used += length;
        if self.remaining == 0 { self.end_of_payload() } else { Ok(false) }
    }

    /// Returns true if it is that of the last frame.
    fn end_of_payload(&mut self) -> Result<bool, WebSocketError> {
        self.state = if self.opcode == Opcode::Close { CLOSED } else { 0 };
        if self.is_last {
            if self.is_text() && !self.utf8.is_complete() {
                return Err(WebSocketError::NotUtf8);
            }
            if !self.opcode.is_control() {
                self.message = Opcode::Continuation;
            }
        }
        Ok(self.is_last)
    }

    fn is_text(&self) -> bool {
        matches!(self.opcode, Opcode::Text | Opcode::Close) && !self.is_transformed()
    }

    /// Whether an extension has made the payload.
    const fn is_transformed(&self) -> bool {
        RSV1 && self.has_rsv1 && !self.opcode.is_control()
    }
}
