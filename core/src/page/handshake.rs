//! The switch of a page to the WebSocket protocol, RFC 6455 section 4.2.

use core::future::Future;

use super::connection::{Connection, LowLevelStream, Response};
use super::details::RequestDetails;
use super::websocket::WebSocket;
use crate::slice::ascii_str;
use crate::wire::{Status, WebSocketDecoder, WebSocketRequest};

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
    pub fn websocket<'f>(
        &'f mut self,
        memory: &'f mut [u8],
        options: &WebSocketOptions<'_>,
    ) -> impl Future<Output = Result<Option<WebSocket<'f, impl LowLevelStream + use<'f, C>>>, C::Error>> {
        self.switch(memory, options, "")
    }

    /// Like [`Self::websocket`], with an extension that claims the first reserved bit. `extensions` is the value of
    /// `Sec-WebSocket-Extensions` in the response; if it is empty nothing is claimed.
    ///
    /// # Errors
    /// Those of [`Self::websocket`].
    pub fn websocket_extended<'f>(
        &'f mut self,
        memory: &'f mut [u8],
        options: &WebSocketOptions<'_>,
        extensions: &str,
    ) -> impl Future<Output = Result<Option<WebSocket<'f, impl LowLevelStream + use<'f, C>, true>>, C::Error>>
    {
        self.switch(memory, options, extensions)
    }

    async fn switch<'f, const RSV1: bool>(
        &'f mut self,
        memory: &'f mut [u8],
        options: &WebSocketOptions<'_>,
        extensions: &str,
    ) -> Result<Option<WebSocket<'f, impl LowLevelStream + use<'f, C, RSV1>, RSV1>>, C::Error> {
        let (accept, fields);
        let response = match WebSocketRequest::of_parts(self.method, self.version, self.headers) {
            Ok(request) if options.same_origin && !request.is_of_own_page(self.uri.authority) => {
                Response::new(Status::FORBIDDEN).body(b"A page of another site opened the connection.")
            }
            Ok(request) => {
                accept = request.accept();
                let protocol = request.choose(options.protocols);
                let has_extension = RSV1 && !extensions.is_empty();
                let count = 2 + usize::from(protocol.is_some()) + usize::from(has_extension);
                let protocol = ("Sec-WebSocket-Protocol", protocol.unwrap_or(""));
                let third = if has_extension { ("Sec-WebSocket-Extensions", extensions) } else { protocol };
                let accept = ("Sec-WebSocket-Accept", ascii_str(&accept));
                fields = [("Upgrade", "websocket"), accept, third, protocol];
                let fields = fields.get(..count).unwrap_or(&[]);
                Response::new(Status::SWITCHING_PROTOCOLS).headers(fields)
            }
            Err(error) => {
                Response::new(error.status()).headers(error.headers()).body(error.reason().as_bytes())
            }
        };
        self.connection.make_response(response).await?;
        if response.status != Status::SWITCHING_PROTOCOLS {
            return Ok(None);
        }
        let stream = self.connection.low_level().await?;
        let decoder = WebSocketDecoder::of_client(options.max_message, !extensions.is_empty());
        Ok(Some(WebSocket::new(stream, memory, decoder)))
    }
}
