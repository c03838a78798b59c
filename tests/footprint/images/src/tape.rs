//! Law: the requests are on the device already and every byte is there at once, but the compiler does not know which
//! bytes, how many, or that nothing fails.

use core::future::{Future, poll_fn};
use core::hint::black_box;
use core::task::Poll;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::uart;

/// Reads requests: one at most in every read, as they come from a client that waits for its answers.
pub struct Reader {
    rest: &'static [u8],
    later: &'static [&'static [u8]],
}

/// Writes to the serial line.
pub struct Writer(());

/// Both.
pub struct Tape {
    /// What the client says.
    pub reader: Reader,
    /// What it is told.
    pub writer: Writer,
}

impl Tape {
    /// A client that asks these, and then has nothing more to ask.
    #[must_use]
    pub fn asking(questions: &'static [&'static [u8]; 2]) -> Self {
        Self { reader: Reader { rest: &[], later: black_box(&questions[..]) }, writer: Writer(()) }
    }
}

/// Never true when it runs.
fn has_to_wait() -> bool {
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
        poll_fn(move |_| if has_to_wait() { Poll::Pending } else { Poll::Ready(self.take(memory)) })
    }
}

impl ErrorType for Writer {
    type Error = ErrorKind;
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(move |_| {
            if has_to_wait() {
                return Poll::Pending;
            }
            uart::write(bytes);
            Poll::Ready(black_box(Ok(bytes.len())))
        })
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(move |_| if has_to_wait() { Poll::Pending } else { Poll::Ready(black_box(Ok(()))) })
    }
}

impl ErrorType for Tape {
    type Error = ErrorKind;
}

impl Read for Tape {
    fn read(&mut self, memory: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.reader.read(memory)
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        self.writer.flush()
    }
}

impl bantam::Transport for Tape {}
