//! [`WebSocket`]: a connection of a page that has switched to the WebSocket protocol, RFC 6455.
//!
//! Invariant: a frame leaves whole and in order, or the connection sends nothing more.

use core::fmt;
use core::future::Future;

use embedded_io_async::{Error as _, ErrorKind, Read, Write};

use crate::wire::{
    CloseCode, FrameHeader, Opcode, WebSocketDecoder, WebSocketError, WebSocketPart, WebSocketPiece,
};

/// The longest payload of a control frame, and of a message that is sent from the connection's own memory.
const SHORT: usize = 125;
/// The bit of a frame that ends its message.
const LAST: u8 = 0x80;
/// The place of the payload in that memory: a header of 2 bytes is directly before it, one of 10 bytes at the front.
const PAYLOAD: usize = 12;

/// Why a WebSocket connection has ended, other than by the close of its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketError<E> {
    /// The stream has failed; a peer that has sent nothing, not even an answer to a ping, for twice the deadline of
    /// [`Phase::LowLevel`](crate::Phase) is a time-out.
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

/// A WebSocket connection, RFC 6455. [`RequestDetails::websocket`](crate::RequestDetails::websocket) makes it. Pings are answered, and the peer is asked by a ping when
/// nothing has come for the deadline of [`Phase::LowLevel`](crate::Phase), while [`Self::recv`] waits.
#[derive(Debug)]
pub struct WebSocket<'m, S> {
    stream: S,
    decoder: WebSocketDecoder,
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
    error: Option<WebSocketError>,
}

impl<'m, S: Read + Write> WebSocket<'m, S> {
    pub(super) const fn new(stream: S, memory: &'m mut [u8], max_message: u64) -> Self {
        Self {
            stream,
            decoder: WebSocketDecoder::server().max_message(max_message),
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
                } else if let Some(WebSocketPart { opcode, is_last, from, to }) = self.decode() {
                    let data = self.memory.get(from..to).unwrap_or(&[]);
                    return Ok(Some(WebSocketPiece { opcode, is_last, data }));
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
        async move {
            self.write(&[]).await?;
            if self.is_closing {
                return Err(SocketError::Closed);
            }
            let mut rest = data;
            // A ping that has come in part is where a short payload would be.
            if data.len() <= SHORT && self.ping == 0 {
                self.stage(u8::from(is_last) << 7 | opcode.bits(), data);
                rest = &[];
            } else {
                let mut memory = [0; FrameHeader::MAX];
                let header = FrameHeader { opcode, is_last, length: data.len() as u64, key: None };
                let header = header.encode(&mut memory);
                self.out.iter_mut().zip(header).for_each(|(place, byte)| *place = *byte);
                (self.out_from, self.out_to) = (0, header.len());
            }
            self.write(rest).await
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

    /// Sends a close frame, with up to 123 bytes of `reason`, and waits for that of the peer: at most for the deadline of
    /// [`Phase::LowLevel`](crate::Phase) for each read. What the peer sends before it is dropped.
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
            let reason = reason.get(..reason.floor_char_boundary(SHORT - 2)).unwrap_or("");
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
        match self.stream.read(self.memory).await {
            Ok(0) => return Err(SocketError::Ended),
            Ok(count) => (self.from, self.to, self.pinged) = (0, count, false),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::TimedOut && !self.pinged && !self.is_closing => {
                self.pinged = true;
                self.stage(LAST | Opcode::Ping.bits(), &[]);
            }
            Err(error) => return Err(SocketError::Stream(error)),
        }
        Ok(())
    }

    /// Decodes up to a piece of a message. Control frames and errors are answered.
    fn decode(&mut self) -> Option<WebSocketPart> {
        let at = self.from;
        let (input, mut used) = (self.memory.get_mut(at..self.to).unwrap_or(&mut []), 0);
        let result = self.decoder.advance(input, &mut used);
        self.from += used;
        let part = match result {
            Ok(part) => part?,
            Err(error) => {
                self.error = Some(error);
                self.stage_close(Some(error.code()), &[]);
                return None;
            }
        };
        let part = WebSocketPart { from: at + part.from, to: at + part.to, ..part };
        match part.opcode {
            Opcode::Ping => {
                let data = self.memory.get(part.from..part.to).unwrap_or(&[]);
                let place = self.out.iter_mut().skip(PAYLOAD + self.ping);
                place.zip(data).for_each(|(place, byte)| *place = *byte);
                self.ping += data.len();
                if part.is_last {
                    let length = core::mem::take(&mut self.ping);
                    self.stage_header(LAST | Opcode::Pong.bits(), length);
                }
                None
            }
            Opcode::Close => {
                if part.is_last {
                    self.stage_close(self.decoder.close_code(), &[]);
                }
                None
            }
            Opcode::Pong => None,
            _ => Some(part).filter(|_| !self.is_closing),
        }
    }

    fn stage_close(&mut self, code: Option<CloseCode>, reason: &[u8]) {
        let mut payload = [0; SHORT];
        let code = code.map(|code| code.as_u16().to_be_bytes());
        let mut length = 0;
        for (place, byte) in payload.iter_mut().zip(code.iter().flatten().chain(reason)) {
            (*place, length) = (*byte, length + 1);
        }
        self.stage(LAST | Opcode::Close.bits(), payload.get(..length).unwrap_or(&[]));
        self.is_closing = true;
    }

    /// Stages a frame with a short payload.
    fn stage(&mut self, first: u8, payload: &[u8]) {
        let place = self.out.iter_mut().skip(PAYLOAD);
        place.zip(payload).for_each(|(place, byte)| *place = *byte);
        self.stage_header(first, payload.len());
    }

    /// Stages a frame whose payload, of `length` bytes, is in its place. Nothing is sent behind a close frame.
    fn stage_header(&mut self, first: u8, length: usize) {
        if !self.is_closing {
            let header = [first, length as u8];
            self.out.iter_mut().skip(PAYLOAD - 2).zip(header).for_each(|(place, byte)| *place = byte);
            (self.out_from, self.out_to) = (PAYLOAD - 2, PAYLOAD + length);
        }
    }

    /// Sends what is staged, and then `data`. A future that is dropped goes on where it was, if there is no `data`.
    async fn write(&mut self, mut data: &[u8]) -> Result<(), SocketError<S::Error>> {
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
