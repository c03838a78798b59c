//! [`Blocking`]: a blocking stream as a [`Transport`], its [`Hooks`], and [`block_on`].
//! Invariant: a future over a `Blocking` stream is ready at its first poll, unless a page awaits something of its own or the hooks say
//! that a read need not block.

use core::any::Any;
use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use embedded_io::ErrorType;

use crate::record::ExchangeRecord;
use crate::transport::{Phase, Transport};

/// The clock, the peer and the log of a blocking stream. Every method has the default and the errors of [`Transport`].
#[allow(unused_variables, reason = "the defaults ignore their arguments")]
pub trait Hooks<T: ErrorType> {
    /// Enters a phase: set the timeout of `stream`. See [`Transport::enter`].
    fn enter(&mut self, stream: &mut T, phase: Phase) {}

    /// Enters a phase that ends `limit` from now. See [`Transport::enter_for`].
    fn enter_for(&mut self, stream: &mut T, phase: Phase, limit: Duration) {
        self.enter(stream, phase);
    }

    /// Returns false if a read would block the thread and need not, because it is in [`Phase::LowLevel`], where a page may wait for
    /// something else, too. The read is then pending, and [`block_on`] polls it again. Default: true.
    fn can_read(&mut self, stream: &mut T) -> bool {
        true
    }

    /// Blocks for `duration`. See [`Transport::pause`].
    fn pause(&mut self, stream: &mut T, duration: Duration) {}

    /// Closes our side of `stream`. See [`Transport::shutdown_write`].
    fn shutdown_write(&mut self, stream: &mut T) -> Result<bool, T::Error> {
        Ok(false)
    }

    /// The address of the peer. See [`Transport::peer_addr`].
    fn peer_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// Returns true if the connection is secured. See [`Transport::is_secure`].
    fn is_secure(&self) -> bool {
        false
    }

    /// The time, as the value of `Date`. See [`Transport::date`].
    fn date(&mut self) -> Option<[u8; 29]> {
        None
    }

    /// Returns true if the connection may persist. See [`Transport::keep_alive`].
    fn keep_alive(&self) -> bool {
        true
    }

    /// Returns true from when the server has begun to stop. See [`Transport::is_ending`].
    fn is_ending(&self) -> bool {
        false
    }

    /// Writes bytes of a source that it reads by itself. See [`Transport::write_from`].
    fn write_from(
        &mut self,
        stream: &mut T,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> Result<Option<usize>, T::Error> {
        Ok(None)
    }

    /// An exchange has finished. See [`Transport::on_response`].
    fn on_response(&mut self, record: &ExchangeRecord<'_>) {}
}

/// No clock, no peer, no log.
impl<T: ErrorType> Hooks<T> for () {}

/// A blocking stream as a [`Transport`]: a UART, a byte slice, a `TcpStream` through `embedded_io_adapters::std::FromStd`.
/// Reads and writes block the thread inside the first poll; [`block_on`] polls.
///
/// ```
/// use bantam::{Blocking, Buffers, Connection, RequestDetails, Response, Site, blocking, serve, wire::Status};
///
/// struct Hello;
/// impl Site for Hello {
///     async fn request_handler<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///         details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
///     }
/// }
/// # struct Uart(&'static [u8], Vec<u8>);
/// # impl embedded_io::ErrorType for Uart { type Error = core::convert::Infallible; }
/// # impl embedded_io::Read for Uart {
/// #     fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> { self.0.read(memory) }
/// # }
/// # impl embedded_io::Write for Uart {
/// #     fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> { self.1.extend(bytes); Ok(bytes.len()) }
/// #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # let uart = Uart(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Vec::new());
/// let mut buffers = Buffers::<1024, 512>::new();
/// let mut transport = Blocking::new(uart); // embedded_io::Read + embedded_io::Write
/// blocking::block_on(serve(&mut transport, &mut buffers.state(), &Hello)).unwrap();
/// # assert!(transport.stream.1.ends_with(b"\r\n\r\nhello"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Blocking<T, H = ()> {
    /// The stream.
    pub stream: T,
    /// Its clock, peer and log.
    pub hooks: H,
}

impl<T> Blocking<T> {
    /// A stream without hooks.
    pub const fn new(stream: T) -> Self {
        Self { stream, hooks: () }
    }
}

impl<T: ErrorType, H> ErrorType for Blocking<T, H> {
    type Error = T::Error;
}

impl<T: embedded_io::Read, H: Hooks<T>> embedded_io_async::Read for Blocking<T, H> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, T::Error> {
        poll_fn(|context| {
            if self.hooks.can_read(&mut self.stream) {
                return Poll::Ready(self.stream.read(memory));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

impl<T: embedded_io::Write, H> embedded_io_async::Write for Blocking<T, H> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        self.stream.write(bytes)
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        self.stream.flush()
    }
}

impl<T: embedded_io::Read + embedded_io::Write, H: Hooks<T>> Transport for Blocking<T, H> {
    fn enter(&mut self, phase: Phase) {
        self.hooks.enter(&mut self.stream, phase);
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.hooks.enter_for(&mut self.stream, phase, limit);
    }

    async fn pause(&mut self, duration: Duration) {
        self.hooks.pause(&mut self.stream, duration);
    }

    async fn shutdown_write(&mut self) -> Result<bool, T::Error> {
        self.hooks.shutdown_write(&mut self.stream)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.hooks.peer_addr()
    }

    fn is_secure(&self) -> bool {
        self.hooks.is_secure()
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.hooks.date()
    }

    fn keep_alive(&self) -> bool {
        self.hooks.keep_alive()
    }

    fn is_ending(&self) -> bool {
        self.hooks.is_ending()
    }

    async fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> Result<Option<usize>, T::Error> {
        self.hooks.write_from(&mut self.stream, source, offset, length)
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.hooks.on_response(record);
    }
}

/// Polls a future over a [`Blocking`] stream until it is ready; blocks the thread meanwhile. While a page awaits something
/// of its own, it polls again and again: without an operating system nothing wakes the thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        core::hint::spin_loop();
    }
}
