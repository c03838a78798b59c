//! [`AnyConnection`]: a connection as a trait object. The pages below a layer that compresses are compiled for it alone, once for
//! every transport.
//!
//! Invariant: an error of the connection leaves the layer as it was.

use std::any::Any;
use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use bantam::__router::Trail;
use bantam::{Connection, LowLevelStream, PageError as _, Refusal, Response};
use embedded_io::{Error as _, ErrorKind, ErrorType};
use embedded_io_async::{Read, Write};

/// The error of a connection, without what its stream has failed with.
pub(super) type Error = bantam::Error<Infallible>;

/// A future in a box. Beside a compressor that is nothing.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

type Called<'a, T> = Boxed<'a, Result<T, Error>>;

/// The methods of a [`Connection`].
pub(super) trait AnyConnection {
    fn recv<'a>(&'a mut self, memory: &'a mut [u8]) -> Called<'a, usize>;
    fn limit_body(&mut self, limit: u64) -> Result<(), Error>;
    fn send<'a>(&'a mut self, data: &'a [u8]) -> Called<'a, ()>;
    fn fill<'a>(&'a mut self, write: &'a mut dyn FnMut(&mut [u8]) -> usize) -> Called<'a, usize>;
    fn send_from<'a>(
        &'a mut self,
        source: &'a (dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Called<'a, u64>;
    fn make_response<'a>(&'a mut self, response: Response<'a>) -> Called<'a, ()>;
    fn response_already_made(&self) -> bool;
    fn flush(&mut self) -> Called<'_, ()>;
    fn pause(&mut self, duration: Duration) -> Called<'_, ()>;
    fn gone(&mut self, limit: Duration) -> Called<'_, bool>;
    fn is_ending(&self) -> bool;
    fn close(&mut self);
    fn refuse(&mut self, refusal: &'static Refusal) -> Error;
    fn trail(&mut self) -> Option<&mut Trail>;
    fn low_level(&mut self) -> Called<'_, AnyStream<'_>>;
}

/// A connection whose errors are kept where [`restored`] finds them.
pub(super) struct Erased<'c, C: Connection> {
    pub(super) inner: &'c mut C,
    /// What the last call has failed with.
    pub(super) failed: &'c Cell<Option<C::Error>>,
}

/// The error of a connection for that of its pages: itself, if they return what the last call has failed with.
pub(super) fn restored<C: Connection>(error: Error, failed: &Cell<Option<C::Error>>) -> C::Error {
    let same = failed.take().filter(|failed| failed.fault() == error.fault());
    same.unwrap_or_else(|| error.fault().into())
}

/// Keeps the error of a connection, and returns that of its pages.
fn kept<C: Connection>(error: C::Error, failed: &Cell<Option<C::Error>>) -> Error {
    let fault = error.fault();
    failed.set(Some(error));
    fault.into()
}

impl<C: Connection> Erased<'_, C> {
    /// Boxes a call.
    fn call<'a, T: 'a>(
        failed: &'a Cell<Option<C::Error>>,
        called: impl Future<Output = Result<T, C::Error>> + 'a,
    ) -> Called<'a, T>
    where
        C: 'a,
    {
        Box::pin(async move { called.await.map_err(|error| kept::<C>(error, failed)) })
    }
}

impl<C: Connection> AnyConnection for Erased<'_, C> {
    fn recv<'a>(&'a mut self, memory: &'a mut [u8]) -> Called<'a, usize> {
        Self::call(self.failed, self.inner.recv(memory))
    }

    fn limit_body(&mut self, limit: u64) -> Result<(), Error> {
        self.inner.limit_body(limit).map_err(|error| kept::<C>(error, self.failed))
    }

    fn send<'a>(&'a mut self, data: &'a [u8]) -> Called<'a, ()> {
        Self::call(self.failed, self.inner.send(data))
    }

    fn fill<'a>(&'a mut self, write: &'a mut dyn FnMut(&mut [u8]) -> usize) -> Called<'a, usize> {
        Self::call(self.failed, self.inner.fill(write))
    }

    fn send_from<'a>(
        &'a mut self,
        source: &'a (dyn Any + Send + Sync),
        offset: u64,
        length: u64,
    ) -> Called<'a, u64> {
        Self::call(self.failed, self.inner.send_from(source, offset, length))
    }

    fn make_response<'a>(&'a mut self, response: Response<'a>) -> Called<'a, ()> {
        Self::call(self.failed, self.inner.make_response(response))
    }

    fn response_already_made(&self) -> bool {
        self.inner.response_already_made()
    }

    fn flush(&mut self) -> Called<'_, ()> {
        Self::call(self.failed, self.inner.flush())
    }

    fn pause(&mut self, duration: Duration) -> Called<'_, ()> {
        Self::call(self.failed, self.inner.pause(duration))
    }

    fn gone(&mut self, limit: Duration) -> Called<'_, bool> {
        Self::call(self.failed, self.inner.gone(limit))
    }

    fn is_ending(&self) -> bool {
        self.inner.is_ending()
    }

    fn close(&mut self) {
        self.inner.close();
    }

    fn refuse(&mut self, refusal: &'static Refusal) -> Error {
        kept::<C>(self.inner.refuse(refusal), self.failed)
    }

    fn trail(&mut self) -> Option<&mut Trail> {
        self.inner.trail()
    }

    fn low_level(&mut self) -> Called<'_, AnyStream<'_>> {
        let Self { inner, failed } = self;
        Self::call(failed, async move { Ok(AnyStream(Box::new(inner.low_level().await?))) })
    }
}

/// A stream of a page that has left HTTP, in a box. Of an error it has the kind.
pub(super) struct AnyStream<'a>(Box<dyn LowLevel + 'a>);

/// The methods of a [`LowLevelStream`].
trait LowLevel {
    fn read<'a>(&'a mut self, memory: &'a mut [u8]) -> Boxed<'a, Result<usize, ErrorKind>>;
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Boxed<'a, Result<usize, ErrorKind>>;
    fn flush(&mut self) -> Boxed<'_, Result<(), ErrorKind>>;
    fn is_ending(&self) -> bool;
    fn close(&mut self);
}

impl<S: LowLevelStream> LowLevel for S {
    fn read<'a>(&'a mut self, memory: &'a mut [u8]) -> Boxed<'a, Result<usize, ErrorKind>> {
        Box::pin(async move { Read::read(self, memory).await.map_err(|error| error.kind()) })
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Boxed<'a, Result<usize, ErrorKind>> {
        Box::pin(async move { Write::write(self, bytes).await.map_err(|error| error.kind()) })
    }

    fn flush(&mut self) -> Boxed<'_, Result<(), ErrorKind>> {
        Box::pin(async move { Write::flush(self).await.map_err(|error| error.kind()) })
    }

    fn is_ending(&self) -> bool {
        LowLevelStream::is_ending(self)
    }

    fn close(&mut self) {
        LowLevelStream::close(self);
    }
}

impl ErrorType for AnyStream<'_> {
    type Error = ErrorKind;
}

impl Read for AnyStream<'_> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(memory).await
    }
}

impl Write for AnyStream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().await
    }
}

impl LowLevelStream for AnyStream<'_> {
    fn is_ending(&self) -> bool {
        self.0.is_ending()
    }

    fn close(&mut self) {
        self.0.close();
    }
}
