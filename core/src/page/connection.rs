//! [`Connection`]: the body of one request and the [`Response`] to it, as a page reads and makes them. The core alone frames
//! them.

use core::any::Any;
use core::fmt;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use super::pass::Pass;
use super::trail::Trail;
use crate::error::{Misuse, PageError};
#[cfg(doc)]
use crate::error::{Rejection, SourceError};
use crate::refusal::Refusal;
use crate::wire::{FAST, Status};

/// The connection of one request, as its page sees it.
///
/// The core frames what is sent (Content-Length, chunked or close-delimited) and collects it in the response buffer, which
/// is written when it is full, when the core has to wait for the peer, at a `pause`, and at the end. Dropping the future of
/// a page, or of a call, ends the connection; the rest of a frame is never sent as a part of another response.
#[allow(async_fn_in_trait, reason = "a bound of Send would shut out the devices")]
#[allow(unused_variables, reason = "the defaults ignore their arguments")]
pub trait Connection {
    /// The error of every call. Pages pass it on with `?`, make it from a [`Rejection`], a [`Status`], a [`Misuse`] or a
    /// [`SourceError`], and can ask which rejection it is. A page with errors of its own returns a [`Failure`](crate::Failure).
    type Error: PageError;

    /// Reads body bytes into `memory` and returns how many; 0 at the end of the body, or if `memory` is empty. Waits
    /// for at least one byte. Sends 100 (Continue) first if the client waits for it.
    ///
    /// # Errors
    /// A [`Rejection`] for a body that is malformed, too long, too slow or cut off; [`Misuse::BodyDeclined`];
    /// [`Misuse::AfterLowLevel`]; what the stream fails with.
    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error>;

    /// Lowers the limit of the request's body to `limit` bytes without their chunks. A longer body of a chunked request fails later,
    /// in `recv`.
    ///
    /// # Errors
    /// [`Rejection::ContentTooLarge`] if the rest of the body is known to be longer.
    fn limit_body(&mut self, limit: u64) -> Result<(), Self::Error>;

    /// Sends body bytes. Waits while the response buffer is full and the peer does not read.
    ///
    /// # Errors
    /// [`Misuse::SendBeforeResponse`], [`Misuse::BodyTooLong`] and [`Misuse::AfterLowLevel`], which send nothing of
    /// `data`; what the stream fails with.
    async fn send(&mut self, data: &[u8]) -> Result<(), Self::Error>;

    /// Lends `write` the free part of the response buffer, one byte at least, and sends the bytes that it has written there: the
    /// first so many as it returns, as [`Self::send`] does. Returns how many. Flushes first if nothing is free. To HEAD memory is
    /// lent, too, and nothing is sent. A dropped future has sent nothing.
    ///
    /// # Errors
    /// Those of [`Self::send`].
    async fn fill(&mut self, write: &mut dyn FnMut(&mut [u8]) -> usize) -> Result<usize, Self::Error>;

    /// Sends up to `length` bytes of body, from `offset` of a source that the transport may know how to read by itself,
    /// such as a `std::fs::File`. Waits and is timed like [`Self::send`]. Returns how many bytes were sent; the page
    /// has to read and send the rest. The rest is everything if the transport cannot read the source, if the body is
    /// chunked or the request was HEAD, or if `length` is more than what is left of the stated length. Default: sends
    /// nothing.
    ///
    /// # Errors
    /// What the stream fails with, and the source where it fails while it is read: the response is then cut off.
    async fn send_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Result<u64, Self::Error> {
        Ok(0)
    }

    /// Makes the response: its head, and its body if `response` has it. Waits if the response buffer is full.
    ///
    /// # Errors
    /// [`Misuse::SecondResponse`] and [`Misuse::AfterLowLevel`], which write nothing; [`Misuse::BadHeader`],
    /// [`Misuse::ReservedHeader`], [`Misuse::BadStatus`], [`Misuse::BodyForbidden`] and [`Misuse::HeadTooLarge`], after
    /// which the page may make another; what the stream fails with.
    async fn make_response(&mut self, response: Response<'_>) -> Result<(), Self::Error>;

    /// Makes the response, and sends as its body the text of `write`, in as many passes as the response buffer makes necessary.
    #[doc(hidden)]
    async fn write_response(
        &mut self,
        response: Response<'_>,
        write: impl Fn(&mut Pass<'_>) -> fmt::Result,
    ) -> Result<(), Self::Error> {
        self.make_response(response).await?;
        let (mut sent, mut is_whole, mut written) = (0, false, Ok(()));
        while !is_whole {
            let mut pass = |free: &mut [u8]| {
                let count;
                (count, is_whole, written) = Pass::run(free, sent, &write);
                count
            };
            sent += self.fill(&mut pass).await?;
        }
        written.map_err(|fmt::Error| Misuse::FormatFailed.into())
    }

    /// Returns true if a response has been made.
    fn response_already_made(&self) -> bool;

    /// Writes what is in the response buffer. Waits until the peer's side has taken it.
    ///
    /// # Errors
    /// What the stream fails with.
    async fn flush(&mut self) -> Result<(), Self::Error>;

    /// Flushes the response buffer, then waits for `duration` of the transport's clock; a `duration` of zero lets other
    /// connections go on. No deadline runs meanwhile.
    ///
    /// # Errors
    /// What the stream fails with.
    async fn pause(&mut self, duration: Duration) -> Result<(), Self::Error>;

    /// Waits until the peer has ended its side, or the server has begun to stop ([`Self::is_ending`]): returns true then. Returns false
    /// after `limit` of the transport's clock; [`Duration::MAX`] is no limit. For a page that waits for something of its own, in a
    /// `select` of any executor, or that pauses and ends early. Flushes the response buffer first.
    ///
    /// What the peer sends meanwhile, such as its next requests, is kept in the request buffer, and is read and answered later. When
    /// that is full nothing more is read: the end of the peer is not seen then, and false is returned after a second already.
    ///
    /// A future that is dropped loses nothing, unless it is flushing: then the connection ends, like that of a dropped
    /// [`Self::flush`]. A peer that vanishes without a word is found by the deadline of a write only. Over a
    /// [`Blocking`](crate::Blocking) stream the thread may be blocked meanwhile: see [`Hooks::can_read`](crate::Hooks::can_read).
    ///
    /// # Errors
    /// What the stream fails with: a reset, too.
    async fn gone(&mut self, limit: Duration) -> Result<bool, Self::Error>;

    /// Returns true from when the server has begun to stop. A response without an end has to end then: the connection is cut off at
    /// the deadline of the stop.
    fn is_ending(&self) -> bool;

    /// Ends the connection after this response. Before `make_response`, and as long as the length can still be stated (see
    /// [`Response::new`]), it also makes the head say `Connection: close`.
    fn close(&mut self);

    /// The error by which the page refuses the request. Default: without the sentence and the fields of `refusal`.
    fn refuse(&mut self, refusal: &'static Refusal) -> Self::Error {
        refusal.status.into()
    }

    /// The trail of the request, for the core. A connection around another forwards it, like everything else.
    #[doc(hidden)]
    fn trail(&mut self) -> Option<&mut Trail> {
        None
    }

    /// Leaves HTTP and returns the stream, for a protocol of the page's own or after 101. The connection ends with the
    /// page. The stream reads first what the client has already sent. Waits until the response buffer is flushed.
    ///
    /// # Errors
    /// What the stream fails with.
    async fn low_level(&mut self) -> Result<impl LowLevelStream, Self::Error>;
}

/// The stream of a page that has left HTTP. A read waits for [`Deadlines::low_level`](crate::Deadlines::low_level) at most, then it fails
/// with `TimedOut`, and the page may read again. A write fails at [`Deadlines::response`](crate::Deadlines::response); the connection is
/// then of no further use. Reads are cancel-safe.
pub trait LowLevelStream: Read + Write {
    /// Returns true from when the server has begun to stop. A read that waits when that happens fails with `TimedOut`, as do those that
    /// would wait later: end the protocol, and call [`Self::close`] before the reads that follow.
    fn is_ending(&self) -> bool;

    /// From now on reads wait for the end of the peer: for [`Deadlines::close`](crate::Deadlines::close) in all, also in a server that
    /// stops.
    fn close(&mut self);
}

/// A response as a page makes it. A `Connection` reads its fields in `make_response`.
///
/// ```
/// use bantam::{Response, wire::Status};
///
/// let page = Response::new(Status::OK).headers(&[("Content-Type", "text/plain")]).body(b"hello");
/// let stream = Response::new(Status::OK); // the body is what `send` sends until the page returns
/// let big = Response::new(Status::OK).length(5_000_000_000); // `send` has to send exactly so many bytes
/// let empty = Response::new(Status::NO_CONTENT);
/// assert_eq!([page, stream, big, empty].map(|response| response.length), [Some(5), None, Some(5_000_000_000), None]);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Response<'a> {
    /// The status.
    pub status: Status,
    /// The page's own fields.
    pub headers: &'a [(&'a str, &'a str)],
    /// The length of the body in bytes; `None` if it is not known yet.
    pub length: Option<u64>,
    /// What of the body is sent with the head: nothing, or all of it.
    pub body: &'a [u8],
    /// The address of fields that need no check. A layer may replace `headers`, and not this. Absent where a check is cheaper than its place.
    sound: [usize; !FAST as usize],
}

impl<'a> Response<'a> {
    /// A response without fields, and with a body whose length is not known yet. The core states the length if the page returns
    /// while the response buffer holds all of the response, up to 65,535 bytes of body, and the page has not called `recv`,
    /// `pause`, `flush` or `send_from` meanwhile. Otherwise the body is chunked in HTTP/1.1 and ended by the close in HTTP/1.0.
    /// HEAD gets the head of GET if its page sends the same, and the head of a stream if it sends nothing.
    /// A status without a body (204, 304) has none.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        Self { status, headers: &[], length: None, body: &[], sound: [0; !FAST as usize] }
    }

    /// Sets the page's own fields. `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the core's alone.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.headers = headers;
        self
    }

    /// Sets fields that are not checked: constants of the core, and what [`StaticFile::new`](crate::StaticFile::new) has checked.
    pub(crate) fn sound_headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.headers = headers;
        self.sound = [headers.as_ptr().addr(); !FAST as usize];
        self
    }

    /// Returns true if nothing in the fields can end a line or change the framing.
    pub(crate) fn is_sound(&self) -> bool {
        self.sound.first() == Some(&self.headers.as_ptr().addr())
    }

    /// Sets the length in bytes of the body that `send` sends.
    #[must_use]
    pub const fn length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// Sets the whole body, and its length.
    #[must_use]
    pub const fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self.length = Some(body.len() as u64);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_that_were_checked_are_not_checked_again() {
        let checked = [("A", "b")];
        let mut response = Response::new(Status::OK).sound_headers(&checked);
        assert!((response.is_sound() && response.body(b"c").is_sound()) != FAST);
        response.headers = &[("A", "b\r\nC: d")];
        assert!(!response.is_sound() && !Response::new(Status::OK).headers(&[]).is_sound());
    }
}
