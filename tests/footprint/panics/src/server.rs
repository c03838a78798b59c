//! The whole site, over a stream of unknown behaviour.

use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;

use bantam::layers::{BodyLimit, CacheControl, CacheRule, Cors, RequestId, SecurityHeaders, TimeLimit};
use bantam::wire::Status;
use bantam::{
    Blocking, Buffers, Connection, Fields, Hooks, Phase, Refusal, RequestDetails, Response, Site, blocking,
    recover, reject, serve, serve_until_idle,
};
use bantam_www::Www;
use embedded_io::{ErrorKind, ErrorType, Read, Write};

unsafe extern "C" {
    /// A negative result is an error.
    fn stream_read(to: *mut u8, length: usize) -> isize;
    fn stream_write(from: *const u8, length: usize) -> isize;
    fn stream_flush() -> isize;
    fn stream_enters(phase: u8);
    fn stream_waits(seconds: u64, nanos: u32);
}

pub struct Stream;

/// A stream never moves more bytes than it was given: the contract of embedded-io.
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

pub struct StreamHooks;

impl Hooks<Stream> for StreamHooks {
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

/// A site below a prefix and for the rest, with a page of its own for what is refused.
struct Around {
    below: Www,
    rest: Refusing,
}

struct Refusing;

static REFUSAL: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE).fields(&[("Retry-After", "1")]);

impl Site for Around {
    bantam::routes! {
        USE "/below/{any}" => |around| &around.below,
        .. => |around| &around.rest,
    }

    async fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> Result<(), C::Error> {
        details.connection.make_response(Response::new(status).body(reason.as_bytes())).await
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        fields.remove("Content-Type");
        fields.add_if_absent("Vary", "Origin");
    }
}

impl Site for Refusing {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let length = details.uri.path.len() as u16;
        match Status::new(length) {
            Some(status) => Err(status.into()),
            None => Err(details.fail(&REFUSAL)),
        }
    }
}

const RULES: [CacheRule; 2] = [CacheRule::prefix("/a", "b"), CacheRule::suffix("c", "d")];

/// Every layer, around sites in every arrangement.
fn around() -> impl Site {
    // SAFETY: never run.
    let timer = || poll_fn(|_| if unsafe { stream_flush() } == 0 { Poll::Ready(()) } else { Poll::Pending });
    // SAFETY: never run.
    let next = || unsafe { stream_flush() } as u64;
    Around { below: Www::new(), rest: Refusing }
        .or(Www::new())
        .layer(BodyLimit::new(1000))
        .layer(Cors::new(["https://example.org"]).headers("Range").exposed("ETag"))
        .layer(TimeLimit::new(timer))
        .layer(CacheControl::new(&RULES))
        .layer(SecurityHeaders::new())
        .layer(RequestId::new(next).or_of_client())
}

/// A stream of which nothing is known.
pub fn stream() -> Blocking<Stream, StreamHooks> {
    Blocking { stream: Stream, hooks: StreamHooks }
}

/// Every function of the core that serves a connection.
#[unsafe(no_mangle)]
pub extern "C" fn serve_stream(limit: u64, how: u8) -> u8 {
    let mut buffers = Buffers::<1024, 512>::new();
    let mut state = buffers.state().body_limit(limit);
    let mut stream = stream();
    match how {
        0 => u8::from(blocking::block_on(serve(&mut stream, &mut state, &Www::new())).is_ok()),
        1 => u8::from(blocking::block_on(serve_until_idle(&mut stream, &mut state, &Www::new())).is_ok()),
        4 => u8::from(blocking::block_on(serve(&mut stream, &mut state, &around())).is_ok()),
        2 => u8::from(blocking::block_on(recover(&mut stream, &mut state, &Www::new())).is_ok()),
        _ => u8::from(blocking::block_on(reject(&mut stream, &mut state, bantam::Rejection::Busy)).is_ok()),
    }
}
