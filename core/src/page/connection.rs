//! [`Connection`]: the body of one request and the response to it, as a page reads and makes them.

use core::any::Any;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use super::response::Response;
use crate::error::{Misuse, Rejection, SourceError};

/// The connection of one request, as its page sees it.
///
/// The core frames what is sent (Content-Length, chunked or close-delimited) and collects it in the response buffer, which
/// is written when it is full, when the core has to wait for the peer, at a `pause`, and at the end. Dropping the future of
/// a page, or of a call, ends the connection; the rest of a frame is never sent as a part of another response.
#[allow(
    async_fn_in_trait,
    reason = "pages are generic over the connection; a bound of Send would shut out the devices"
)]
pub trait Connection {
    /// The error of every call. Pages pass it on with `?`, and make it from a [`Rejection`], a [`Misuse`] or a
    /// [`SourceError`].
    type Error: From<Rejection> + From<Misuse> + From<SourceError>;

    /// Reads body bytes into `memory` and returns how many; 0 at the end of the body, or if `memory` is empty. Waits for at
    /// least one byte. Sends 100 (Continue) first if the client waits for it.
    ///
    /// # Errors
    /// A [`Rejection`] for a body that is malformed, too long, too slow or cut off; [`Misuse::BodyDeclined`];
    /// [`Misuse::AfterLowLevel`]; what the stream fails with.
    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error>;

    /// Sends body bytes. Waits while the response buffer is full and the peer does not read.
    ///
    /// # Errors
    /// [`Misuse::SendBeforeResponse`], [`Misuse::BodyTooLong`] and [`Misuse::AfterLowLevel`], which send nothing of `data`;
    /// what the stream fails with.
    async fn send(&mut self, data: &[u8]) -> Result<(), Self::Error>;

    /// Sends up to `length` bytes of body, from `offset` of a source that the transport may know how to read by itself, such
    /// as a `std::fs::File`. Waits and is timed like [`Self::send`]. Returns how many bytes were sent; the page has to read
    /// and send the rest. The rest is everything if the transport cannot read the source, if the body is chunked or the
    /// request was HEAD, or if `length` is more than what is left of the stated length. Default: sends nothing.
    ///
    /// # Errors
    /// What the stream fails with, and the source where it fails while it is read: the response is then cut off.
    async fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Result<u64, Self::Error> {
        let _ = (source, offset, length);
        Ok(0)
    }

    /// Makes the response: its head, and its body if `response` has it. Waits if the response buffer is full.
    ///
    /// # Errors
    /// [`Misuse::SecondResponse`] and [`Misuse::AfterLowLevel`], which write nothing; [`Misuse::BadHeader`],
    /// [`Misuse::ReservedHeader`], [`Misuse::BadStatus`], [`Misuse::BodyForbidden`] and [`Misuse::HeadTooLarge`], after
    /// which the page may make another; what the stream fails with.
    async fn make_response(&mut self, response: Response<'_>) -> Result<(), Self::Error>;

    /// Returns true if a response has been made.
    fn response_already_made(&self) -> bool;

    /// Flushes the response buffer, then waits for `duration` of the transport's clock. No deadline runs meanwhile.
    ///
    /// # Errors
    /// What the stream fails with.
    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error>;

    /// Ends the connection after this response. Before `make_response` it also makes the head say `Connection: close`.
    fn close(&mut self);

    /// Leaves HTTP and returns the stream, for a protocol of the page's own or after 101. The connection ends with the page.
    /// The stream reads first what the client has already sent. Waits until the response buffer is flushed.
    ///
    /// # Errors
    /// What the stream fails with.
    async fn low_level(&mut self) -> Result<impl Read + Write, Self::Error>;
}
