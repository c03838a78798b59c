//! [`Connection`]: what a page sees of its connection.

use core::any::Any;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use super::response::Response;
use crate::error::{Misuse, Rejection};

/// What a page sees of its connection: one request's body coming in, one response going out.
///
/// Whatever is sent is framed by the core (Content-Length, chunked or close-delimited) and collected in the response
/// buffer; it leaves when the buffer is full, when the core has to wait for the peer, at a `pause`, and at the end.
/// Dropping the future of a page, or of a call, ends the connection; it never leaves half a frame for another request.
#[allow(
    async_fn_in_trait,
    reason = "pages are generic over the connection; a bound of Send would shut out the devices"
)]
pub trait Connection {
    /// What every call fails with; pages hand it on with `?`, and make it from a [`Rejection`] or a [`Misuse`].
    type Error: From<Rejection> + From<Misuse>;

    /// Reads body bytes into `memory` and says how many; 0 at the end of the body. Waits for at least one. Sends 100
    /// (Continue) first where the client waits for it.
    ///
    /// # Errors
    /// A [`Rejection`] for a body that is malformed, too long, too slow or cut off; [`Misuse::BodyDeclined`]; the stream's.
    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error>;

    /// Sends body bytes. Waits while the response buffer is full and the peer does not read.
    ///
    /// # Errors
    /// [`Misuse::SendBeforeResponse`], [`Misuse::BodyTooLong`] (and then none of `data` is sent); the stream's.
    async fn send(&mut self, data: &[u8]) -> Result<(), Self::Error>;

    /// Sends `length` bytes of body from `offset` of a source that the transport may know how to read by itself, such as a
    /// `std::fs::File`; the deadlines are those of [`Self::send`]. Says how many have left: the rest is for the page to read
    /// and send. That is all of it where the transport cannot, where the body is chunked or the answer to HEAD, or where
    /// `length` is beyond what was stated; and what the source has not, where it ended early. Default: nothing leaves.
    ///
    /// # Errors
    /// The stream's, and the source's where it fails while it is read: the answer is then cut off.
    async fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Result<u64, Self::Error> {
        let _ = (source, offset, length);
        Ok(0)
    }

    /// Makes the response: its head, and its body where that is given whole.
    ///
    /// # Errors
    /// [`Misuse::SecondResponse`] and nothing reaches the wire; [`Misuse::BadHeader`], [`Misuse::ReservedHeader`],
    /// [`Misuse::BadStatus`], [`Misuse::BodyForbidden`], [`Misuse::HeadTooLarge`], and the page may still make another;
    /// the stream's.
    async fn make_response(&mut self, response: Response<'_>) -> Result<(), Self::Error>;

    /// Has a response been made?
    fn response_already_made(&self) -> bool;

    /// Sends what has been collected, then waits; the transport's clock decides how. No deadline runs meanwhile.
    ///
    /// # Errors
    /// The stream's.
    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error>;

    /// The connection ends after this response. Said to the client if it is called before `make_response`.
    fn close(&mut self);

    /// The stream itself, after 101 or for a protocol of the page's own: HTTP ends here, and the connection with the
    /// page. What the client has already sent is read first.
    ///
    /// # Errors
    /// The stream's, while sending what has been collected.
    async fn low_level(&mut self) -> Result<impl Read + Write, Self::Error>;
}
