//! [`WebSocket`]: a connection of a page that has switched to the WebSocket protocol, RFC 6455.
//!
//! Invariant: a frame leaves whole and in order, or the connection sends nothing more.

use core::fmt;
use core::future::Future;

use embedded_io_async::{Error as _, ErrorKind, Read, Write};

use super::connection::{Connection, Response};
use super::details::RequestDetails;
use crate::slice::ascii_str;
use crate::wire::{
    CloseCode, FrameHeader, Opcode, Status, WebSocketDecoder, WebSocketError, WebSocketPart, WebSocketPiece,
    WebSocketRequest,
};

/// What a page asks of a WebSocket connection.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct WebSocketOptions<'o> {
    /// The subprotocols that the page speaks. The client's favourite among them is chosen.
    pub protocols: &'o [&'o str],
    /// Whether pages of other hosts are refused with 403 ([`WebSocketRequest::is_same_origin`]).
    pub same_origin: bool,
    /// The limit of a message that comes, in bytes.
    pub max_message: u64,
}

impl WebSocketOptions<'_> {
    /// No subprotocol; pages of this host only; messages of any length, which come in pieces.
    pub const DEFAULT: Self = Self { protocols: &[], same_origin: true, max_message: u64::MAX };
}

impl<C: Connection> RequestDetails<'_, C> {
    /// Switches to the WebSocket protocol, RFC 6455 section 4.2. Returns `None` if the request does not ask for it in a valid way: it has
    /// been answered then, with 426, 400 or 403. `memory`, of at least one byte, holds what is read: a piece of a message is not longer.
    ///
    /// ```
    /// use bantam::{Connection, RequestDetails, WebSocketOptions};
    ///
    /// /// Sends every message back, in the pieces in which it comes.
    /// async fn echo<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let (mut memory, mut copy) = ([0; 256], [0; 256]);
    ///     let Some(mut socket) = details.websocket(&mut memory, &WebSocketOptions::DEFAULT).await? else { return Ok(()) };
    ///     let mut is_first = true;
    ///     while let Ok(Some(piece)) = socket.recv().await {
    ///         let (opcode, is_last, length) = (piece.opcode, piece.is_last, piece.data.len());
    ///         copy[..length].copy_from_slice(piece.data);
    ///         let opcode = if is_first { opcode } else { bantam::wire::Opcode::Continuation };
    ///         if socket.send(opcode, is_last, &copy[..length]).await.is_err() {
    ///             break;
    ///         }
    ///         is_first = is_last;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`Connection::make_response`] and [`Connection::low_level`].
    pub async fn websocket<'f>(
        &'f mut self,
        memory: &'f mut [u8],
        options: &WebSocketOptions<'_>,
    ) -> Result<Option<WebSocket<'f, impl Read + Write>>, C::Error> {
        let request = match WebSocketRequest::of_parts(self.method, self.version, self.headers) {
            Ok(request) => request,
            Err(error) => {
                let response = Response::new(error.status()).headers(error.headers());
                self.connection.make_response(response.body(error.reason().as_bytes())).await?;
                return Ok(None);
            }
        };
        if options.same_origin && !request.is_same_origin(self.host().unwrap_or("")) {
            let reason = b"A page of another site opened the connection.";
            self.connection.make_response(Response::new(Status::FORBIDDEN).body(reason)).await?;
            return Ok(None);
        }
        let accept = request.accept();
        let fields = [
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Accept", ascii_str(&accept)),
            ("Sec-WebSocket-Protocol", request.choose(options.protocols).unwrap_or("")),
        ];
        let fields = if fields[2].1.is_empty() { fields.get(..2).unwrap_or(&[]) } else { &fields };
        self.connection.make_response(Response::new(Status::SWITCHING_PROTOCOLS).headers(fields)).await?;
        let stream = self.connection.low_level().await?;
        Ok(Some(WebSocket {
            stream,
            decoder: WebSocketDecoder::server().max_message(options.max_message),
            memory,
            from: 0,
            to: 0,
            out: [0; OUT],
            out_from: 0,
            out_to: 0,
            ping: 0,
            pinged: false,
            is_closing: false,
            is_torn: false,
        }))
    }
}

/// The longest frame that is sent from the connection's own memory: a control frame.
const OUT: usize = 2 + 125;

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

/// A WebSocket connection, RFC 6455. [`RequestDetails::websocket`] makes it. Pings are answered, and the peer is asked by a ping when
/// nothing has come for the deadline of [`Phase::LowLevel`](crate::Phase), while [`Self::recv`] waits.
#[derive(Debug)]
pub struct WebSocket<'m, S> {
    stream: S,
    decoder: WebSocketDecoder,
    memory: &'m mut [u8],
    /// What is not yet decoded: `memory[from..to]`.
    from: usize,
    to: usize,
    /// A frame that is not yet sent: `out[out_from..out_to]`.
    out: [u8; OUT],
    out_from: usize,
    out_to: usize,
    /// The bytes of a ping's payload that have come, behind the place of a header in `out`.
    ping: usize,
    /// Whether a ping was sent and nothing has come since.
    pinged: bool,
    /// Whether a close frame was sent.
    is_closing: bool,
    /// Whether a part of a frame may have been sent.
    is_torn: bool,
}

impl<S: Read + Write> WebSocket<'_, S> {
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
                self.flush_out().await?;
                if self.decoder.is_closed() {
                    return Ok(None);
                }
                if self.from == self.to {
                    self.read().await?;
                    continue;
                }
                match self.decode() {
                    Ok(Some(WebSocketPart { opcode, is_last, from, to })) => {
                        let data = self.memory.get(from..to).unwrap_or(&[]);
                        return Ok(Some(WebSocketPiece { opcode, is_last, data }));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        self.stage_close(Some(error.code()), error.reason());
                        self.flush_out().await?;
                        return Err(SocketError::Protocol(error));
                    }
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
            self.flush_out().await?;
            if self.is_closing || self.is_torn {
                return Err(SocketError::Closed);
            }
            let header = FrameHeader { opcode, is_last, length: data.len() as u64, key: None };
            // A ping that has come in part is in `out`.
            if data.len() <= OUT - 2 && self.ping == 0 {
                self.stage(header, data);
                return self.flush_out().await;
            }
            self.is_torn = true;
            write_all(&mut self.stream, header.encode(&mut [0; FrameHeader::MAX])).await?;
            write_all(&mut self.stream, data).await?;
            self.stream.flush().await.map_err(SocketError::Stream)?;
            self.is_torn = false;
            Ok(())
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
            self.flush_out().await?;
            self.stage_close(Some(code), reason);
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
                self.stage(FrameHeader::whole(Opcode::Ping, 0), &[]);
            }
            Err(error) => return Err(SocketError::Stream(error)),
        }
        Ok(())
    }

    /// Decodes up to a piece of a message. Control frames are answered.
    fn decode(&mut self) -> Result<Option<WebSocketPart>, WebSocketError> {
        let at = self.from;
        let (input, mut used) = (self.memory.get_mut(at..self.to).unwrap_or(&mut []), 0);
        let part = self.decoder.advance(input, &mut used)?;
        self.from += used;
        let Some(part) = part else { return Ok(None) };
        let part = WebSocketPart { from: at + part.from, to: at + part.to, ..part };
        match part.opcode {
            Opcode::Ping => {
                let data = self.memory.get(part.from..part.to).unwrap_or(&[]);
                // The payload of a control frame fits.
                for (place, byte) in self.out.iter_mut().skip(2 + self.ping).zip(data) {
                    *place = *byte;
                }
                self.ping += data.len();
                if part.is_last {
                    let length = core::mem::take(&mut self.ping);
                    // Nothing is sent behind a close frame.
                    if !self.is_closing {
                        self.stage(FrameHeader::whole(Opcode::Pong, length as u64), &[]);
                        self.out_to += length;
                    }
                }
            }
            Opcode::Close if part.is_last => {
                self.stage_close(self.decoder.close_code(), "");
            }
            Opcode::Close | Opcode::Pong => {}
            _ => return Ok(Some(part).filter(|_| !self.is_closing)),
        }
        Ok(None)
    }

    /// Stages a close frame, if there was none.
    fn stage_close(&mut self, code: Option<CloseCode>, reason: &str) {
        if self.is_closing {
            return;
        }
        let reason = reason.get(..reason.floor_char_boundary(OUT - 4)).unwrap_or("");
        let mut payload = [0; OUT - 2];
        let code = code.map(|code| code.as_u16().to_be_bytes());
        let bytes = code.iter().flatten().chain(reason.as_bytes());
        let mut length = 0;
        for (place, byte) in payload.iter_mut().zip(bytes) {
            (*place, length) = (*byte, length + 1);
        }
        self.stage(FrameHeader::whole(Opcode::Close, length as u64), payload.get(..length).unwrap_or(&[]));
        self.is_closing = true;
    }

    /// Stages a header and data that fits.
    fn stage(&mut self, header: FrameHeader, data: &[u8]) {
        let mut memory = [0; FrameHeader::MAX];
        let header = header.encode(&mut memory);
        (self.out_from, self.out_to) = (0, 0);
        for (place, byte) in self.out.iter_mut().zip(header.iter().chain(data)) {
            *place = *byte;
            self.out_to += 1;
        }
    }

    /// Sends what is staged. A future that is dropped goes on where it was.
    async fn flush_out(&mut self) -> Result<(), SocketError<S::Error>> {
        if self.is_torn {
            return Err(SocketError::Closed);
        }
        if self.out_from < self.out_to {
            self.write_out().await?;
            self.stream.flush().await.map_err(SocketError::Stream)?;
        }
        Ok(())
    }

    async fn write_out(&mut self) -> Result<(), SocketError<S::Error>> {
        while let Some(rest @ [_, ..]) = self.out.get(self.out_from..self.out_to) {
            self.out_from += write(&mut self.stream, rest).await?;
        }
        Ok(())
    }
}

async fn write_all<S: Write>(stream: &mut S, mut bytes: &[u8]) -> Result<(), SocketError<S::Error>> {
    while !bytes.is_empty() {
        let count = write(stream, bytes).await?;
        bytes = bytes.get(count..).unwrap_or(&[]);
    }
    Ok(())
}

/// Writes at least one byte of `bytes`.
async fn write<S: Write>(stream: &mut S, bytes: &[u8]) -> Result<usize, SocketError<S::Error>> {
    loop {
        match stream.write(bytes).await {
            Ok(0) => return Err(SocketError::Ended),
            Ok(count) => return Ok(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(SocketError::Stream(error)),
        }
    }
}
