//! Law: who wants the stream in halves, or with a buffer to lend, gets that and nothing beyond what its trait asks.

use core::future::Future;

use embedded_io_async::{ErrorKind, ErrorType, Write};

use crate::tape::{Reader, Tape, Writer};

impl edge_nal::TcpSplit for Tape {
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

/// A [`Tape`] with memory to format into: picoserve asks the stream for that.
pub struct Lending {
    /// The stream.
    pub tape: Tape,
    /// The memory.
    pub memory: &'static mut [u8],
}

/// The half of it that writes.
pub struct LendingWriter<'a> {
    writer: &'a mut Writer,
    memory: &'a mut [u8],
}

impl ErrorType for LendingWriter<'_> {
    type Error = ErrorKind;
}

impl Write for LendingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        self.writer.flush()
    }
}

impl picoserve::io::Write for LendingWriter<'_> {
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

impl picoserve::io::Socket<()> for Lending {
    type Error = ErrorKind;
    type ReadHalf<'a> = &'a mut Reader;
    type WriteHalf<'a> = LendingWriter<'a>;

    fn split(&mut self) -> (&mut Reader, LendingWriter<'_>) {
        (&mut self.tape.reader, LendingWriter { writer: &mut self.tape.writer, memory: self.memory })
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
