//! [`Transport`]: a byte stream with its clock and its peer; [`Phase`]: what a connection waits for.

use core::any::Any;
use core::net::SocketAddr;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use crate::record::ExchangeRecord;

/// What a connection waits for. Each phase has one deadline, so that a byte now and then does not keep a connection alive. At
/// the deadline reads and writes fail with [`embedded_io::ErrorKind::TimedOut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The first byte of a request. At the deadline the connection is closed.
    Idle,
    /// The rest of a head. At the deadline: 408. Entered once for every request, even if its head is complete; what is
    /// counted per request starts here.
    Head,
    /// The next bytes of a body. Entered before every read, so that a transport can time progress as well as the whole. At
    /// the deadline: 408, unless a part of the response was written.
    Body,
    /// The peer to take what is written, in HTTP and where a page has left it. Entered anew for every piece of at most
    /// [`crate::MAX_WRITE`] bytes.
    Response,
    /// A read of a page that can do without: it has left HTTP, or waits for something else and watches for the end of the peer.
    /// Entered before each. The phase ends, too, when [`Transport::is_ending`] becomes true.
    LowLevel,
    /// The peer to close its side after the last response (RFC 9112 section 9.6), or to answer the close of a protocol that a
    /// page speaks. One or two seconds are enough.
    Close,
}

/// A byte stream, its clock and its peer. Only `read` and `write` are needed; every other method has a default.
///
/// `write` may buffer bytes until `flush`; `flush` need not wait until the peer has received them. A read or write that
/// cannot proceed returns `Pending`; at the deadline of the phase it fails with `TimedOut`. Both must be cancel-safe:
/// dropping their future moves no bytes.
#[allow(async_fn_in_trait, reason = "each is spawned as its own concrete type: see ARCHITECTURE.md")]
#[allow(unused_variables, reason = "the defaults ignore their arguments")]
pub trait Transport: Read + Write {
    /// Enters a phase: arm its deadline. Default: no deadlines.
    fn enter(&mut self, phase: Phase) {}

    /// Enters a phase that ends `limit` from now instead of at its deadline. Default: [`Self::enter`], for a stream without a clock.
    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.enter(phase);
    }

    /// Waits for `duration`. With zero it yields: other connections go on first. Default: returns at once, for a stream without
    /// a clock.
    async fn pause(&mut self, duration: Duration) {}

    /// Closes our side of the stream (TCP's FIN), after the last response. Only with true does the core wait for the peer
    /// to close its side, in [`Phase::Close`], and drop up to 64 KB of what the peer still sends. Returns false if the
    /// stream cannot close one side, such as a serial line, or if the transport itself does all of this when the
    /// connection is over, without the buffers. Default: false.
    ///
    /// # Errors
    /// What the stream fails with.
    async fn shutdown_write(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// The address of the peer. Default: unknown.
    fn peer_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// Returns true if the connection is secured (TLS) for every host that is served on it, here or by a trusted gateway. With
    /// false, a target that begins with `https` is answered 421 (RFC 9110 section 7.4). Default: false.
    fn is_secure(&self) -> bool {
        false
    }

    /// The time, as the value of `Date` (IMF-fixdate, RFC 9110 section 5.6.7). Default: `None`, and responses without `Date`.
    fn date(&mut self) -> Option<[u8; 29]> {
        None
    }

    /// Returns true if the connection may persist after the response that is being made. Default: true.
    fn keep_alive(&self) -> bool {
        true
    }

    /// Returns true from when the server has begun to stop: streams without an end have to end. When it becomes true, a read in
    /// [`Phase::LowLevel`] that waits fails with `TimedOut`, as does one that would wait later; the transport sees to it that the
    /// future of such a read is polled. Other phases go on. Default: false, for a server that does not stop.
    fn is_ending(&self) -> bool {
        false
    }

    /// Writes up to `length` bytes, from `offset` of a source that the transport can read by itself, such as an open
    /// file, without a copy in this program. Returns how many; 0 at the end of the source; `None` if it cannot read
    /// such a source, and the page has to read and send. With a `length` of 0 it writes nothing, and returns `None` or
    /// `Some(0)`.
    ///
    /// `length` is all that is left, and the peer has to take [`crate::MAX_WRITE`] bytes by each deadline: a transport that waits
    /// within a call, instead of returning what has been taken, takes no more than that. Waits, and is cancelled, like a write.
    /// Default: `None`.
    ///
    /// # Errors
    /// What the stream fails with, and the source.
    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> Result<Option<usize>, Self::Error> {
        Ok(None)
    }

    /// Says that bytes of [`Self::write_from`] follow what is written from now on, or that none do. A transport may hold back a
    /// segment that is not full until they come (MSG_MORE). Default: does nothing.
    fn more(&mut self, more: bool) {}

    /// An exchange has finished, and the last byte of its response is staged or written. Default: does nothing.
    fn on_response(&mut self, record: &ExchangeRecord<'_>) {}
}

/// A stream that is borrowed, as for a layer around it. Every method is the stream's own.
impl<T: Transport> Transport for &mut T {
    fn enter(&mut self, phase: Phase) {
        T::enter(self, phase);
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        T::enter_for(self, phase, limit);
    }

    fn pause(&mut self, duration: Duration) -> impl Future<Output = ()> {
        T::pause(self, duration)
    }

    fn shutdown_write(&mut self) -> impl Future<Output = Result<bool, Self::Error>> {
        T::shutdown_write(self)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        T::peer_addr(self)
    }

    fn is_secure(&self) -> bool {
        T::is_secure(self)
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        T::date(self)
    }

    fn keep_alive(&self) -> bool {
        T::keep_alive(self)
    }

    fn is_ending(&self) -> bool {
        T::is_ending(self)
    }

    fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> impl Future<Output = Result<Option<usize>, Self::Error>> {
        T::write_from(self, source, offset, length)
    }

    fn more(&mut self, more: bool) {
        T::more(self, more);
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        T::on_response(self, record);
    }
}
