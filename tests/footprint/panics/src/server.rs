//! The whole site, over a stream of which nothing is known.

use core::time::Duration;

use bantam::{Blocking, Buffers, Hooks, Phase, blocking, recover, reject, serve, serve_until_idle};
use bantam_www::Www;
use embedded_io::{ErrorKind, ErrorType, Read, Write};

unsafe extern "C" {
    /// Below zero: an error.
    fn stream_read(to: *mut u8, length: usize) -> isize;
    fn stream_write(from: *const u8, length: usize) -> isize;
    fn stream_flush() -> isize;
    fn stream_enters(phase: u8);
    fn stream_waits(seconds: u64, nanos: u32);
}

struct Stream;

/// A stream never claims to have moved more than it was given: that is its contract (embedded-io).
fn moved(count: isize, most: usize) -> Result<usize, ErrorKind> {
    match count {
        -1 => Err(ErrorKind::TimedOut),
        -2 => Err(ErrorKind::Interrupted),
        _ => usize::try_from(count).map(|count| count.min(most)).map_err(|_| ErrorKind::Other),
    }
}

impl ErrorType for Stream {
    type Error = ErrorKind;
}

impl Read for Stream {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        // SAFETY: never run.
        moved(unsafe { stream_read(memory.as_mut_ptr(), memory.len()) }, memory.len())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        // SAFETY: never run.
        moved(unsafe { stream_write(bytes.as_ptr(), bytes.len()) }, bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        // SAFETY: never run.
        moved(unsafe { stream_flush() }, 0).map(drop)
    }
}

struct Surroundings;

impl Hooks<Stream> for Surroundings {
    fn enter(&mut self, _: &mut Stream, phase: Phase) {
        // SAFETY: never run.
        unsafe { stream_enters(phase as u8) }
    }

    fn pause(&mut self, _: &mut Stream, duration: Duration) {
        // SAFETY: never run.
        unsafe { stream_waits(duration.as_secs(), duration.subsec_nanos()) }
    }

    fn shutdown_write(&mut self, stream: &mut Stream) -> Result<bool, ErrorKind> {
        stream.flush().map(|()| true)
    }
}

/// All that a transport can have done.
#[unsafe(no_mangle)]
pub extern "C" fn converse(limit: u64, how: u8) -> u8 {
    let mut buffers = Buffers::<1024, 512>::new();
    let mut session = buffers.state().body_limit(limit);
    let mut stream = Blocking { stream: Stream, hooks: Surroundings };
    match how {
        0 => u8::from(blocking::block_on(serve(&mut stream, &mut session, &Www)).is_ok()),
        1 => u8::from(blocking::block_on(serve_until_idle(&mut stream, &mut session, &Www)).is_ok()),
        2 => u8::from(blocking::block_on(recover(&mut stream, &mut session)).is_ok()),
        _ => u8::from(blocking::block_on(reject(&mut stream, &mut session, bantam::Rejection::Busy)).is_ok()),
    }
}
