//! Law: a page sees a [`Connection`] and nothing of how its bytes travel; a [`Transport`] carries bytes and knows the
//! time, and nothing of HTTP.

use core::any::Any;
use core::net::SocketAddr;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use crate::error::{Error, Misuse, Rejection};
use crate::response::Response;
use crate::wire::{Headers, Status};

/// What a connection is waiting for. A transport arms one deadline for the WHOLE phase when it is entered, so that a
/// byte now and then does not keep a connection alive; it then fails reads and writes with
/// [`embedded_io::ErrorKind::TimedOut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// For the first byte of a request. When the time is up the connection is closed without a word.
    Idle,
    /// For the rest of a head. When the time is up: 408. Entered once for every request, also where nothing is left to
    /// wait for; whatever is counted per request begins anew here.
    Head,
    /// For more of a body. Entered before every read, so that a transport can ask for progress as well as count the
    /// whole. When the time is up: 408, unless the response has begun.
    Body,
    /// For the peer to take what is written: entered anew for every piece of at most [`crate::PIECE`] bytes.
    Reply,
    /// For a page that has taken the stream for itself: entered before every read and write of its own.
    LowLevel,
    /// For the peer to close its side, after the last answer (RFC 9112 section 9.6). A second or two is enough.
    Close,
}

/// A byte stream with its surroundings: what somebody who brings a new transport implements. Only `read` and `write`
/// are needed; every other part has a default that says what is then missing.
///
/// `write` may keep bytes back until `flush`; `flush` need not wait until the peer has them. Where a read or a write
/// cannot go on it waits (a future that is not ready); where the phase's time is up it fails with `TimedOut`. Both must be
/// cancel-safe: a future that is dropped has moved no bytes.
#[allow(
    async_fn_in_trait,
    reason = "each transport is spawned as its own concrete type: see ARCHITECTURE.md"
)]
pub trait Transport: Read + Write {
    /// The phase changes: arm its deadline. Default: no deadlines.
    fn enter(&mut self, phase: Phase) {
        let _ = phase;
    }

    /// Waits. Default: does not, for want of a clock.
    async fn pause(&mut self, duration: Duration) {
        let _ = duration;
    }

    /// Says to the peer that nothing more will come (TCP's FIN), and whether the stream has a way to say so. Only then
    /// does the core wait for the peer's own end. Default: it has none, as a serial line has not.
    ///
    /// # Errors
    /// The stream's own.
    async fn shutdown_write(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// Who is at the other end. Default: unknown.
    fn peer_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// Is the connection secured (TLS) for every host that may be asked here, by this transport or by a trusted gateway in
    /// front of it? Where it is not, a target that begins with `https` is answered 421 (RFC 9110 section 7.4). Default: no.
    fn is_secured(&self) -> bool {
        false
    }

    /// The time, as the value of `Date` (IMF-fixdate, RFC 9110 section 5.6.7). Default: no clock, and so no `Date`.
    fn date(&mut self) -> Option<[u8; 29]> {
        None
    }

    /// May the connection outlive the response that is being made? Default: yes.
    fn keep_alive(&self) -> bool {
        true
    }

    /// Sends bytes of a source that the transport knows how to read by itself, such as an open file, without a copy in this
    /// program: up to `length` of them from `offset` on. How many it took; 0 at the end of the source. `None`, and nothing
    /// sent, where it cannot: the page then reads and sends. With a `length` of 0 it only says whether it can.
    ///
    /// Waits, and is cancelled, like a write. Default: it never can.
    ///
    /// # Errors
    /// The stream's own, and the source's where it fails while it is read.
    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> Result<Option<usize>, Self::Error> {
        let _ = (source, offset, length);
        Ok(None)
    }

    /// A response is complete, as far as it will ever be; for logs and counters. Default: nobody listens.
    fn answered(&mut self, record: &Record<'_>) {
        let _ = record;
    }
}

/// What is to be known of a finished exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The request's head as it came, from its request line on. Of one that was refused as much as had come: any bytes may be
    /// in it, or none.
    pub head: &'a [u8],
    /// The status of the answer.
    pub status: Status,
    /// How many bytes of body have been sent.
    pub body_sent: u64,
    /// What went wrong, if anything did.
    pub fault: Option<Fault>,
}

impl<'a> Record<'a> {
    /// The request line as it came, without its line end: any bytes may be in it, or none.
    #[must_use]
    pub fn request_line(&self) -> &'a [u8] {
        let end = self.head.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        self.head.get(..end.unwrap_or(self.head.len())).unwrap_or(&[])
    }

    /// The header fields of the request; of a head that was refused, those in front of the first that is no field.
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        let fields = self.head.get(self.request_line().len()..).unwrap_or(&[]);
        Headers::over(fields.strip_prefix(b"\r\n").unwrap_or(&[]))
    }
}

/// Why an exchange did not end as the page meant it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The peer's fault.
    Rejection(Rejection),
    /// The page's fault.
    Misuse(Misuse),
    /// The stream failed, or took no more bytes.
    Stream,
}

impl<E> From<&Error<E>> for Fault {
    fn from(error: &Error<E>) -> Self {
        match error {
            Error::Rejection(rejection) => Self::Rejection(*rejection),
            Error::Misuse(misuse) => Self::Misuse(*misuse),
            Error::Io(_) | Error::Closed => Self::Stream,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(head: &[u8]) -> Record<'_> {
        Record { head, status: Status::OK, body_sent: 0, fault: None }
    }

    #[test]
    fn a_record_knows_the_request_line_and_the_fields() {
        let record = record(b"GET / HTTP/1.1\r\nHost: a\r\nReferer: b\r\n\r\n");
        assert_eq!(record.request_line(), b"GET / HTTP/1.1");
        assert_eq!(record.headers().first("referer"), Some(&b"b"[..]));
    }

    #[test]
    fn a_record_of_a_head_that_was_refused_has_what_is_sound_of_it() {
        assert_eq!(record(b"").request_line(), b"");
        assert_eq!(record(b"GET /\x01").request_line(), b"GET /\x01");
        let broken = record(b"GET / HTTP/1.1\r\nHost: a\r\nbad field\r\nReferer: b\r\n");
        assert_eq!(
            (broken.headers().first("host"), broken.headers().first("referer")),
            (Some(&b"a"[..]), None)
        );
        assert_eq!(record(b"GET / HTTP/1.1\nHost: a\n").headers().iter().count(), 0);
    }
}
