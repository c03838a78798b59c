//! What stands between a socket and the server: TLS, a tap, a limit of the rate.

use bantam::Transport;
use embedded_io::ErrorKind;

/// What stands between the stream of a socket and the server. `tcp::serve_slot_through` and
/// `embassy::run_worker_through` take one.
///
/// [`Self::wrap`] returns a [`Transport`] around the stream. It has to forward all that it does not change: the phases
/// ([`Transport::enter`], [`Transport::enter_for`]) have the deadlines, [`Transport::is_ending`] the stop, [`Transport::pause`] the
/// clock, [`Transport::keep_alive`] whether another client waits. A read that waits for the stream fails with `TimedOut` by itself;
/// one that waits for something else has to ask the stream for its time.
///
/// At the end of a connection that does not fail, [`Transport::shutdown_write`] of the layer's stream is called, in [`Phase::Close`](bantam::Phase::Close):
/// there it writes its last bytes, as TLS its close_notify. Where the core has called it already, it is called again, and does nothing.
/// A connection that fails is dropped without it.
///
/// ```
/// use bantam::{ExchangeRecord, Phase, Transport};
/// use bantam_embedded::StreamLayer;
/// use core::cell::Cell;
/// use core::time::Duration;
/// use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
///
/// /// Counts the bytes of all connections.
/// #[derive(Default)]
/// struct Meter { received: Cell<u32>, sent: Cell<u32> }
///
/// impl StreamLayer for &Meter {
///     const IS_STATEFUL: bool = false;
///     type Stream<T: Transport<Error = ErrorKind>> = Metered<Self, T>;
///
///     fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> Metered<Self, T> {
///         Metered { meter: *self, stream }
///     }
/// }
///
/// struct Metered<M, T> { meter: M, stream: T }
///
/// impl<M, T: ErrorType<Error = ErrorKind>> ErrorType for Metered<M, T> {
///     type Error = ErrorKind;
/// }
///
/// impl<T: Transport<Error = ErrorKind>> Read for Metered<&Meter, T> {
///     async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
///         let count = self.stream.read(memory).await?;
///         self.meter.received.set(self.meter.received.get().wrapping_add(count as u32));
///         Ok(count)
///     }
/// }
///
/// impl<T: Transport<Error = ErrorKind>> Write for Metered<&Meter, T> {
///     async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
///         let count = self.stream.write(bytes).await?;
///         self.meter.sent.set(self.meter.sent.get().wrapping_add(count as u32));
///         Ok(count)
///     }
///
///     async fn flush(&mut self) -> Result<(), ErrorKind> {
///         self.stream.flush().await
///     }
/// }
///
/// impl<T: Transport<Error = ErrorKind>> Transport for Metered<&Meter, T> {
///     fn enter(&mut self, phase: Phase) {
///         self.stream.enter(phase);
///     }
///     fn enter_for(&mut self, phase: Phase, limit: Duration) {
///         self.stream.enter_for(phase, limit);
///     }
///     async fn pause(&mut self, duration: Duration) {
///         self.stream.pause(duration).await;
///     }
///     fn peer_addr(&self) -> Option<core::net::SocketAddr> {
///         self.stream.peer_addr()
///     }
///     fn keep_alive(&self) -> bool {
///         self.stream.keep_alive()
///     }
///     fn is_ending(&self) -> bool {
///         self.stream.is_ending()
///     }
///     fn on_response(&mut self, record: &ExchangeRecord<'_>) {
///         self.stream.on_response(record);
///     }
/// }
/// ```
pub trait StreamLayer {
    /// The stream has state that the next request needs, as that of TLS. With true a connection keeps its slot and its stream
    /// until it ends; with false the stream is dropped while the connection is idle, and the next request gets another.
    const IS_STATEFUL: bool;

    /// The stream of a connection as the server sees it.
    type Stream<T: Transport<Error = ErrorKind>>: Transport<Error = ErrorKind>;

    /// Wraps the stream of a connection. Does not wait: a handshake is a part of the first read or write.
    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> Self::Stream<T>;
}

/// No layer: the stream as it is.
impl StreamLayer for () {
    const IS_STATEFUL: bool = false;
    type Stream<T: Transport<Error = ErrorKind>> = T;

    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> T {
        stream
    }
}

/// Ends a connection that has not failed, before its stream is dropped. The last bytes of a layer that the peer does not take in time are
/// not sent.
#[cfg(any(feature = "smoltcp", feature = "embassy-net"))]
pub(crate) async fn end<T: Transport>(stream: &mut T) {
    stream.enter(bantam::Phase::Close);
    let _ = stream.shutdown_write().await;
}
