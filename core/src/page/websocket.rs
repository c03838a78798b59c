//! [`WebSocket`]: a connection of a page that has switched to the WebSocket protocol, RFC 6455.
//!
//! Invariant: a frame leaves whole and in order, or the connection sends nothing more.

use core::fmt;
use core::future::Future;

use embedded_io_async::{Error as _, ErrorKind};

use super::connection::LowLevelStream;
use crate::wire::{CloseCode, Opcode, WebSocketDecoder, WebSocketError, WebSocketPiece};

/// The longest payload of a control frame, and of a message that is sent from the connection's own memory.
const SHORT: usize = 125;
/// The bit of a frame that ends its message.
const LAST: u8 = 0x80;
/// The place of the payload in that memory, behind a header of 2 to 10 bytes. With it the memory is copied in words: less code.
const PAYLOAD: usize = 15;

/// Why a WebSocket connection has ended, other than by the close of its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketError<E> {
    /// The stream has failed; a peer that has sent nothing, not even an answer to a ping, for twice
    /// [`Deadlines::low_level`](crate::Deadlines::low_level) is a time-out, as is one that does not answer a close frame for
    /// [`Deadlines::close`](crate::Deadlines::close).
    Stream(E),
    /// The peer has broken the protocol. A close frame with the code has been sent.
    Protocol(WebSocketError),
    /// The peer has ended the stream without a close frame.
    Ended,
    /// A close frame has been sent, or a `send` was dropped before all of its frame had left.
    Closed,
}

impl<E: fmt::Display> fmt::Display for SocketError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => error.fmt(f),
            Self::Protocol(error) => error.fmt(f),
            Self::Ended => f.write_str("the stream ended without a close frame"),
            Self::Closed => f.write_str("the connection sends nothing more"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for SocketError<E> {}

/// A WebSocket connection, RFC 6455. [`RequestDetails::websocket`](crate::RequestDetails::websocket) makes it. Pings are answered, and the
/// peer is asked by a ping when nothing has come for [`Deadlines::low_level`](crate::Deadlines::low_level), while [`Self::recv`] waits.
/// When the server begins to stop, `recv` and `send` close the connection with 1001 (going away): the peer has
/// [`Deadlines::close`](crate::Deadlines::close) to answer.
#[derive(Debug)]
pub struct WebSocket<'m, S, const RSV1: bool = false> {
    stream: S,
    pub(super) decoder: WebSocketDecoder<RSV1>,
    memory: &'m mut [u8],
    /// What is not yet decoded: `memory[from..to]`.
    from: usize,
    to: usize,
    /// What is staged and not yet sent: `out[out_from..out_to]`.
    out: [u8; PAYLOAD + SHORT],
    out_from: usize,
    out_to: usize,
    /// The bytes of a ping's payload that have come, in the place of the payload in `out`.
    ping: usize,
    /// Whether a ping was sent and nothing has come since.
    pinged: bool,
    /// Whether something was written and not flushed.
    is_unflushed: bool,
    /// Whether a close frame was sent.
    is_closing: bool,
    /// Whether a part of a frame may have been sent.
    is_torn: bool,
    /// What the peer has done wrong, until `recv` has returned it.
    pub(super) error: Option<WebSocketError>,
}

impl<'m, S: LowLevelStream, const RSV1: bool> WebSocket<'m, S, RSV1> {
    pub(super) const fn new(stream: S, memory: &'m mut [u8], decoder: WebSocketDecoder<RSV1>) -> Self {
        Self {
            stream,
            decoder,
            memory,
            from: 0,
            to: 0,
            out: [0; PAYLOAD + SHORT],
            out_from: 0,
            out_to: 0,
            ping: 0,
            pinged: false,
            is_unflushed: false,
            is_closing: false,
            is_torn: false,
            error: None,
        }
    }

    /// Receives the next piece of a message: text or binary. `None` after the close frame of the peer, which has been answered. Waits
    /// for the peer. A future that is dropped loses nothing.
    ///
    /// # Errors
    /// A [`SocketError`].
    pub fn recv(
        &mut self,
    ) -> impl Future<Output = Result<Option<WebSocketPiece<'_>>, SocketError<S::Error>>> {
        async move {
            loop {
                self.write(&[]).await?;
                if self.decoder.is_closed() {
                    return self.error.take().map_or(Ok(None), |error| Err(SocketError::Protocol(error)));
                }
                if self.from == self.to {
                    self.read().await?;
                } else if let Some(is_last) = self.decode() {
                    let data = self.memory.get(self.from - self.decoder.data..self.from).unwrap_or(&[]);
                    return Ok(Some(WebSocketPiece { opcode: self.decoder.opcode, is_last, data }));
                }
            }
        }
    }

    /// Sends a frame: a message that is `last`, or a part of one, whose later frames are of [`Opcode::Continuation`]. Waits while the
    /// peer does not read. Frames of up to 125 bytes are sent even if the future is dropped, by the next call; a longer one that is
    /// dropped ends the connection.
    ///
    /// # Errors
    /// [`SocketError::Closed`], [`SocketError::Stream`].
    pub fn send(
        &mut self,
        opcode: Opcode,
        is_last: bool,
        data: &[u8],
    ) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.send_frame(u8::from(is_last) << 7 | opcode.bits(), data)
    }

    /// Sends a frame with this first byte.
    pub(super) fn send_frame(
        &mut self,
        first: u8,
        data: &[u8],
    ) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        async move {
            let mut rest: &[u8] = &[];
            let mut is_staged = false;
            loop {
                self.write(rest).await?;
                if is_staged {
                    return Ok(());
                }
                if self.has_ended() {
                    continue;
                }
                if self.is_closing {
                    return Err(SocketError::Closed);
                }
                // A ping that has come in part is where a short payload would be.
                if data.len() <= SHORT && self.ping == 0 {
                    put(&mut self.out, PAYLOAD, data);
                } else {
                    rest = data;
                }
                self.stage(first, data.len());
                if !rest.is_empty() {
                    // The payload follows from elsewhere.
                    self.out_to = PAYLOAD;
                }
                is_staged = true;
            }
        }
    }

    /// Sends a text message in one frame, like [`Self::send`].
    ///
    /// # Errors
    /// Those of [`Self::send`].
    pub fn send_text(&mut self, text: &str) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.send(Opcode::Text, true, text.as_bytes())
    }

    /// Sends a binary message in one frame, like [`Self::send`].
    ///
    /// # Errors
    /// Those of [`Self::send`].
    pub fn send_binary(&mut self, data: &[u8]) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        self.send(Opcode::Binary, true, data)
    }

    /// Sends a close frame, with up to 123 bytes of `reason`, and waits for that of the peer: for
    /// [`Deadlines::close`](crate::Deadlines::close) at most. What the peer sends before it is dropped.
    ///
    /// # Errors
    /// A [`SocketError`].
    pub fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
    ) -> impl Future<Output = Result<(), SocketError<S::Error>>> {
        async move {
            self.write(&[]).await?;
            // As `str::floor_char_boundary` of Rust 1.91.
            let end = (0..=reason.len().min(SHORT - 2)).rev().find(|end| reason.is_char_boundary(*end));
            let reason = reason.get(..end.unwrap_or(0)).unwrap_or("");
            self.stage_close(Some(code), reason.as_bytes());
            while self.recv().await?.is_some() {}
            Ok(())
        }
    }

    /// The code of the peer's close frame; `None` if it has not come or has no code.
    #[must_use]
    pub const fn close_code(&self) -> Option<CloseCode> {
        self.decoder.close_code()
    }

    async fn read(&mut self) -> Result<(), SocketError<S::Error>> {
        if self.has_ended() {
            return Ok(());
        }
        if self.is_closing {
            self.stream.close();
        }
        match self.stream.read(self.memory).await {
            Ok(0) => return Err(SocketError::Ended),
            Ok(count) => (self.from, self.to, self.pinged) = (0, count, false),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::TimedOut && self.has_ended() => {}
            Err(error) if error.kind() == ErrorKind::TimedOut && !self.pinged && !self.is_closing => {
                self.pinged = true;
                self.stage(LAST | Opcode::Ping.bits(), 0);
            }
            Err(error) => return Err(SocketError::Stream(error)),
        }
        Ok(())
    }

    /// Decodes up to a piece of a message. Returns whether it is the last one, `None` without one. Control frames and errors are answered.
    fn decode(&mut self) -> Option<bool> {
        let result = self.decoder.advance(self.memory.get_mut(self.from..self.to).unwrap_or(&mut []));
        self.from += self.decoder.used;
        let is_last = match result {
            Ok(is_last) => is_last?,
            Err(error) => {
                self.error = Some(error);
                self.stage_close(Some(error.code()), &[]);
                return None;
            }
        };
        match self.decoder.opcode {
            Opcode::Ping => {
                let data = self.memory.get(self.from - self.decoder.data..self.from).unwrap_or(&[]);
                self.ping = put(&mut self.out, PAYLOAD + self.ping, data) - PAYLOAD;
                if is_last {
                    let length = core::mem::take(&mut self.ping);
                    self.stage(LAST | Opcode::Pong.bits(), length);
                }
                None
            }
            Opcode::Close => {
                if is_last {
                    self.stage_close(self.decoder.close_code(), &[]);
                }
                None
            }
            Opcode::Pong => None,
            _ => Some(is_last).filter(|_| !self.is_closing),
        }
    }

    /// Stages a close frame if the server has begun to stop. Returns true if it has staged one.
    fn has_ended(&mut self) -> bool {
        let has_ended = !self.is_closing && self.stream.is_ending();
        if has_ended {
            self.stage_close(Some(CloseCode::GOING_AWAY), &[]);
        }
        has_ended
    }

    pub(super) fn stage_close(&mut self, code: Option<CloseCode>, reason: &[u8]) {
        let mut end = PAYLOAD;
        if let Some(code) = code {
            end = put(&mut self.out, end, &code.as_u16().to_be_bytes());
        }
        end = put(&mut self.out, end, reason);
        self.stage(LAST | Opcode::Close.bits(), end - PAYLOAD);
        self.is_closing = true;
    }

    /// Stages a frame whose payload, of `length` bytes, is in its place. Nothing is sent behind a close frame.
    fn stage(&mut self, first: u8, length: usize) {
        if self.is_closing {
            return;
        }
        put(&mut self.out, PAYLOAD - 8, &(length as u64).to_be_bytes());
        let (second, from) = match length {
            0..=SHORT => (length as u8, PAYLOAD - 2),
            126..=0xffff => (126, PAYLOAD - 4),
            _ => (127, PAYLOAD - 10),
        };
        put(&mut self.out, from, &[first, second]);
        (self.out_from, self.out_to) = (from, PAYLOAD + length);
    }

    /// Sends what is staged, and then `data`. A future that is dropped goes on where it was, if there is no `data`.
    pub(super) async fn write(&mut self, mut data: &[u8]) -> Result<(), SocketError<S::Error>> {
        if self.is_torn {
            return Err(SocketError::Closed);
        }
        self.is_torn = !data.is_empty();
        loop {
            let staged = self.out.get(self.out_from..self.out_to).unwrap_or(&[]);
            let bytes = if staged.is_empty() { data } else { staged };
            if bytes.is_empty() {
                break;
            }
            let count = match self.stream.write(bytes).await {
                Ok(0) => return Err(SocketError::Ended),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(SocketError::Stream(error)),
            };
            if self.out_from < self.out_to {
                self.out_from += count;
            } else {
                data = data.get(count..).unwrap_or(&[]);
            }
            self.is_unflushed = true;
        }
        self.is_torn = false;
        if self.is_unflushed {
            self.stream.flush().await.map_err(SocketError::Stream)?;
            self.is_unflushed = false;
        }
        Ok(())
    }
}

/// Copies `data` to `out` from `at` on, as far as there is room. Returns where it ends.
#[inline(never)]
fn put(out: &mut [u8; PAYLOAD + SHORT], mut at: usize, data: &[u8]) -> usize {
    for byte in data {
        let Some(place) = out.get_mut(at) else { break };
        (*place, at) = (*byte, at + 1);
    }
    at
}
