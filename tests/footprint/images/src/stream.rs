//! A stream that reads requests from flash and writes to the UART.
//!
//! Invariant: it is always ready, but the compiler can derive neither the bytes, nor their number, nor that nothing fails.

use core::future::{Future, poll_fn};
use core::hint::black_box;
use core::task::Poll;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::uart;

/// The read half: at most one request in a read, as from a client that does not pipeline.
pub struct Reader {
    rest: &'static [u8],
    later: &'static [&'static [u8]],
}

/// The write half.
pub struct Writer(());

/// Both halves.
pub struct TestStream {
    /// The read half.
    pub reader: Reader,
    /// The write half.
    pub writer: Writer,
}

impl TestStream {
    /// A stream with these requests, and then its end.
    #[must_use]
    pub fn new<const N: usize>(requests: &'static [&'static [u8]; N]) -> Self {
        Self { reader: Reader { rest: &[], later: black_box(&requests[..]) }, writer: Writer(()) }
    }
}

/// Returns false, which the compiler does not know.
fn is_pending() -> bool {
    cfg!(feature = "may-wait") && black_box(false)
}

impl Reader {
    fn take(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        if let (true, Some((first, later))) = (self.rest.is_empty(), self.later.split_first()) {
            (self.rest, self.later) = (first, later);
        }
        let count = self.rest.len().min(memory.len());
        let (now, rest) = self.rest.split_at(count);
        memory[..count].copy_from_slice(now);
        self.rest = rest;
        black_box(Ok(count))
    }
}

impl ErrorType for Reader {
    type Error = ErrorKind;
}

impl Read for Reader {
    fn read(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(move |_| if is_pending() { Poll::Pending } else { Poll::Ready(self.take(memory)) })
    }
}

impl ErrorType for Writer {
    type Error = ErrorKind;
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(move |_| {
            if is_pending() {
                return Poll::Pending;
            }
            uart::write(bytes);
            Poll::Ready(black_box(Ok(bytes.len())))
        })
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(move |_| if is_pending() { Poll::Pending } else { Poll::Ready(black_box(Ok(()))) })
    }
}

impl ErrorType for TestStream {
    type Error = ErrorKind;
}

impl Read for TestStream {
    fn read(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.reader.read(memory)
    }
}

impl Write for TestStream {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        self.writer.flush()
    }
}

impl bantam::Transport for TestStream {}
