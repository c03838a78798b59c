//! The stream as two halves, and with a buffer: what edge-http and picoserve require.

use core::future::Future;

use embedded_io_async::{ErrorKind, ErrorType, Write};

use crate::stream::{Reader, TestStream, Writer};

impl edge_nal::TcpSplit for TestStream {
    type Read<'a> = &'a mut Reader;
    type Write<'a> = &'a mut Writer;

    fn split(&mut self) -> (&mut Reader, &mut Writer) {
        (&mut self.reader, &mut self.writer)
    }
}

impl edge_nal::Readable for Reader {
    async fn readable(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// A [`TestStream`] with memory to format into, which picoserve requires.
pub struct BufferedStream {
    /// The stream.
    pub stream: TestStream,
    /// The memory.
    pub memory: &'static mut [u8],
}

/// The write half of a [`BufferedStream`].
pub struct BufferedWriter<'a> {
    writer: &'a mut Writer,
    memory: &'a mut [u8],
}

impl ErrorType for BufferedWriter<'_> {
    type Error = ErrorKind;
}

impl Write for BufferedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        self.writer.flush()
    }
}

impl picoserve::io::Write for BufferedWriter<'_> {
    async fn write_with<F, R>(&mut self, fill: F) -> Result<R, ErrorKind>
    where
        F: FnOnce(picoserve::mem::BorrowedCursor<'_>) -> R,
    {
        let mut buffer = picoserve::mem::BorrowedBuffer::new(self.memory);
        let output = fill(buffer.unfilled());
        self.writer.write_all(buffer.filled()).await?;
        Ok(output)
    }
}

impl picoserve::io::Socket<()> for BufferedStream {
    type Error = ErrorKind;
    type ReadHalf<'a> = &'a mut Reader;
    type WriteHalf<'a> = BufferedWriter<'a>;

    fn split(&mut self) -> (&mut Reader, BufferedWriter<'_>) {
        (&mut self.stream.reader, BufferedWriter { writer: &mut self.stream.writer, memory: self.memory })
    }

    async fn abort<T: picoserve::Timer<()>>(
        self,
        _: &picoserve::Timeouts,
        _: &T,
    ) -> Result<(), picoserve::Error<ErrorKind>> {
        Ok(())
    }

    async fn shutdown<T: picoserve::Timer<()>>(
        self,
        _: &picoserve::Timeouts,
        _: &T,
    ) -> Result<(), picoserve::Error<ErrorKind>> {
        Ok(())
    }
}
