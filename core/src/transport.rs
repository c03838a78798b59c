//! [`Transport`]: a byte stream, its clock and its peer, as the core uses them.

use core::any::Any;
use core::net::SocketAddr;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use crate::record::ExchangeRecord;

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
    /// For the peer to take what is written: entered anew for every piece of at most [`crate::MAX_WRITE`] bytes.
    Response,
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
    fn is_secure(&self) -> bool {
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
    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let _ = record;
    }
}
