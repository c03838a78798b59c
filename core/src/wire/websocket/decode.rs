//! The decoder of frames and messages, RFC 6455 section 5: resumable, in place.
//!
//! Invariant: the messages, and the first error, are the same at every split.

use crate::slice::split_at;
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

/// A decoder of the frames of a WebSocket connection, with some 40 bytes of state: messages of any length, in pieces of its input.
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
#[derive(Clone, Debug)]
pub struct WebSocketDecoder {
    /// The bytes of payload that are left, or the part of a length that has come.
    remaining: u64,
    /// The length of the message so far.
    length: u64,
    max_message: u64,
    key: [u8; 4],
    code: u16,
    /// The bytes of payload that have come, modulo 256: a control frame has fewer.
    taken: u8,
    state: State,
    /// The frame.
    opcode: Opcode,
    is_last: bool,
    /// The message that has begun.
    message: Option<Opcode>,
    utf8: Utf8,
    is_server: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    First,
    Second,
    /// Before so many bytes of a length of 2 or 8 bytes.
    Length {
        left: u8,
        is_long: bool,
    },
    /// Before so many bytes of the masking key.
    Key {
        left: u8,
    },
    Payload,
    /// Behind a close frame or an error.
    Closed,
}

/// A piece without its data, which is `from..to` of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WebSocketPart {
    pub(crate) opcode: Opcode,
    pub(crate) is_last: bool,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl WebSocketDecoder {
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

    const fn new(is_server: bool) -> Self {
        Self {
            remaining: 0,
            length: 0,
            max_message: u64::MAX,
            key: [0; 4],
            code: 0,
            taken: 0,
            state: State::First,
            opcode: Opcode::Continuation,
            is_last: true,
            message: None,
            utf8: Utf8::START,
            is_server,
        }
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
        matches!(self.state, State::Closed)
    }

    /// The code of the close frame that has come; `None` if there was none, or if it has no code.
    #[must_use]
    pub const fn close_code(&self) -> Option<CloseCode> {
        CloseCode::new(self.code)
    }

    /// Returns true between two frames: the connection can end here without a part of one being lost.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        matches!(self.state, State::First | State::Closed)
    }

    /// Decodes `input` up to a piece or its end, and unmasks the data in it. Consumes nothing of an empty input.
    ///
    /// # Errors
    /// A [`WebSocketError`], by the first byte that breaks a rule: the connection has to be closed with its code.
    pub fn decode<'a>(&mut self, input: &'a mut [u8]) -> Result<WebSocketStep<'a>, WebSocketError> {
        let mut used = 0;
        let part = self.advance(input, &mut used)?;
        let bytes: &'a [u8] = input;
        let piece = part.map(|WebSocketPart { opcode, is_last, from, to }| WebSocketPiece {
            opcode,
            is_last,
            data: bytes.get(from..to).unwrap_or(&[]),
        });
        Ok(WebSocketStep { used, piece })
    }

    /// Like [`Self::decode`], without a borrow of the input in its result.
    pub(crate) fn advance(
        &mut self,
        input: &mut [u8],
        used: &mut usize,
    ) -> Result<Option<WebSocketPart>, WebSocketError> {
        let result = self.try_advance(input, used);
        if result.is_err() {
            self.state = State::Closed;
        }
        result
    }

    #[inline(never)]
    fn try_advance(
        &mut self,
        input: &mut [u8],
        used: &mut usize,
    ) -> Result<Option<WebSocketPart>, WebSocketError> {
        loop {
            if self.state == State::Closed {
                *used = input.len();
            }
            let Some((&byte, _)) = split_at(input, *used).1.split_first() else { return Ok(None) };
            if self.state == State::Payload {
                return self.payload(input, used).map(Some);
            }
            *used += 1;
            let is_complete = match self.state {
                State::First => {
                    self.first(byte)?;
                    false
                }
                State::Second => self.second(byte)?,
                State::Length { left, is_long } => self.length_byte(byte, left, is_long)?,
                State::Key { left } => {
                    let [_, rest @ ..] = self.key;
                    let [second, third, fourth] = rest;
                    self.key = [second, third, fourth, byte];
                    self.state = State::Key { left: left - 1 };
                    left == 1
                }
                State::Payload | State::Closed => false,
            };
            if is_complete {
                self.state = State::Payload;
                if self.remaining == 0 {
                    // There may be no byte to decode.
                    let part = self.end_of_payload(*used, *used)?;
                    if part.is_last {
                        return Ok(Some(part));
                    }
                }
            }
        }
    }

    fn first(&mut self, byte: u8) -> Result<(), WebSocketError> {
        if byte & 0x70 != 0 {
            return Err(WebSocketError::ReservedBits);
        }
        self.opcode = Opcode::from_bits(byte & 15).ok_or(WebSocketError::BadOpcode)?;
        self.is_last = byte & 0x80 != 0;
        if self.opcode.is_control() {
            if !self.is_last {
                return Err(WebSocketError::BadControl);
            }
        } else if (self.opcode == Opcode::Continuation) != self.message.is_some() {
            return Err(WebSocketError::BadFragment);
        }
        self.state = State::Second;
        Ok(())
    }

    fn second(&mut self, byte: u8) -> Result<bool, WebSocketError> {
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
        self.remaining = 0;
        match length {
            126 => self.state = State::Length { left: 2, is_long: false },
            127 => self.state = State::Length { left: 8, is_long: true },
            _ => {
                self.remaining = length.into();
                return self.begin_payload();
            }
        }
        Ok(false)
    }

    fn length_byte(&mut self, byte: u8, left: u8, is_long: bool) -> Result<bool, WebSocketError> {
        self.remaining = self.remaining << 8 | u64::from(byte);
        if left > 1 {
            self.state = State::Length { left: left - 1, is_long };
            return Ok(false);
        }
        let least = if is_long { 0x1_0000 } else { 126 };
        if self.remaining < least || self.remaining >> 63 != 0 {
            return Err(WebSocketError::BadLength);
        }
        self.begin_payload()
    }

    /// Begins the payload, or the masking key before it. Returns true if the header is complete.
    fn begin_payload(&mut self) -> Result<bool, WebSocketError> {
        self.taken = 0;
        match self.opcode {
            Opcode::Text | Opcode::Binary => {
                (self.message, self.length, self.utf8) = (Some(self.opcode), 0, Utf8::START);
            }
            // Nothing follows a close frame: its reason is checked in the place of the message.
            Opcode::Close => (self.utf8, self.code) = (Utf8::START, 0),
            Opcode::Continuation | Opcode::Ping | Opcode::Pong => {}
        }
        if !self.opcode.is_control() {
            self.length = self.length.saturating_add(self.remaining);
            if self.length > self.max_message {
                return Err(WebSocketError::TooLong);
            }
        }
        if self.is_server {
            self.state = State::Key { left: 4 };
        }
        Ok(!self.is_server)
    }

    fn payload(&mut self, input: &mut [u8], used: &mut usize) -> Result<WebSocketPart, WebSocketError> {
        let data = input.get_mut(*used..).unwrap_or(&mut []);
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
        self.remaining -= length as u64;
        *used += length;
        let from = *used - text.len();
        if self.remaining == 0 {
            return self.end_of_payload(from, *used);
        }
        Ok(WebSocketPart { opcode: self.kind(), is_last: false, from, to: *used })
    }

    fn end_of_payload(&mut self, from: usize, to: usize) -> Result<WebSocketPart, WebSocketError> {
        if self.is_last && self.is_text() && !self.utf8.is_complete() {
            return Err(WebSocketError::NotUtf8);
        }
        let part = WebSocketPart { opcode: self.kind(), is_last: self.is_last, from, to };
        self.state = if self.opcode == Opcode::Close { State::Closed } else { State::First };
        if self.is_last && !self.opcode.is_control() {
            self.message = None;
        }
        Ok(part)
    }

    /// What the payload belongs to.
    fn kind(&self) -> Opcode {
        match self.message {
            Some(message) if !self.opcode.is_control() => message,
            _ => self.opcode,
        }
    }

    fn is_text(&self) -> bool {
        matches!(self.kind(), Opcode::Text | Opcode::Close)
    }
}
