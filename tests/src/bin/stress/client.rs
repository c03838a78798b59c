//! A well-behaved HTTP client that measures its latency.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use bantam_tests::answers::{self, Answer, MalformedResponse};

/// The timeout of every read and write.
const IO_TIMEOUT: Duration = Duration::from_secs(30);
/// The interval of the requests of [`sample_latency`].
const INTERVAL: Duration = Duration::from_millis(50);

pub(crate) const GET: &[u8] = b"GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n";

/// A response that did not arrive.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The bytes of it that arrived.
    pub(crate) received: usize,
    pub(crate) error: io::Error,
}

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IO_TIMEOUT))?;
    stream.set_write_timeout(Some(IO_TIMEOUT))?;
    Ok(stream)
}

/// Reads one response.
pub(crate) fn read_response(stream: &mut TcpStream) -> Result<Answer, Failure> {
    let (mut received, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let failure = |error| Failure { received: received.len(), error };
        match stream.read(&mut piece) {
            Ok(0) => return Err(failure(ErrorKind::UnexpectedEof.into())),
            Ok(count) => received.extend_from_slice(piece.get(..count).unwrap_or(&[])),
            Err(error) => return Err(failure(error)),
        }
        match answers::read(&received, |_| false) {
            Ok(mut all) if all.len() == 1 => return Ok(all.remove(0)),
            Err(MalformedResponse::CutOff(before)) if before.is_empty() => {}
            other => {
                let error = io::Error::other(format!("{other:?}"));
                return Err(Failure { received: received.len(), error });
            }
        }
    }
}

/// Sends a request and reads the response.
pub(crate) fn exchange(stream: &mut TcpStream, request: &[u8]) -> Result<Answer, Failure> {
    // A request that was sent in part may have a response.
    let sent = stream.write_all(request);
    match (read_response(stream), sent) {
        (Err(failure), Err(error)) => Err(Failure { error, ..failure }),
        (answered, _) => answered,
    }
}

/// Returns true if a request on a new connection gets 200.
pub(crate) fn is_served(address: SocketAddr) -> bool {
    let answered = connect(address).map(|mut stream| exchange(&mut stream, GET));
    matches!(answered, Ok(Ok(answer)) if answer.status == 200)
}

/// Returns the time until [`is_served`], at most 10 s.
pub(crate) fn until_served(address: SocketAddr) -> Duration {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) && !is_served(address) {
        thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

/// The latencies of two clients, and the number of their failed requests.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// On a new connection for each request, with the time to connect.
    pub(crate) new: Vec<Duration>,
    /// On one kept connection.
    pub(crate) kept: Vec<Duration>,
    pub(crate) failures: usize,
}

/// Sends [`GET`] every 50 ms on a new connection, and on a kept one.
pub(crate) fn sample_latency(address: SocketAddr, duration: Duration) -> Times {
    sample_latency_of(address, GET, duration)
}

/// Sends this request every 50 ms on a new connection, and on a kept one.
pub(crate) fn sample_latency_of(address: SocketAddr, request: &[u8], duration: Duration) -> Times {
    thread::scope(|scope| {
        let new = scope.spawn(|| repeat(duration, || exchange(&mut connect(address).ok()?, request).ok()));
        let mut stream = connect(address).ok();
        let (kept, lost) = repeat(duration, || {
            let answered = stream.as_mut().and_then(|stream| exchange(stream, request).ok());
            if answered.as_ref().is_none_or(Answer::closes) {
                stream = connect(address).ok();
            }
            answered
        });
        let (new, failures) = new.join().unwrap_or_default();
        Times { new, kept, failures: failures + lost }
    })
}

fn repeat(duration: Duration, mut request: impl FnMut() -> Option<Answer>) -> (Vec<Duration>, usize) {
    let (start, mut times, mut failures) = (Instant::now(), Vec::new(), 0);
    while start.elapsed() < duration {
        let started = Instant::now();
        match request() {
            Some(answer) if answer.status == 200 => times.push(started.elapsed()),
            _ => failures += 1,
        }
        thread::sleep(INTERVAL.saturating_sub(started.elapsed()));
    }
    (times, failures)
}
