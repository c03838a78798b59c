//! Law: somebody who means well: sends whole requests, reads whole answers, and notes how long that took.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use bantam_tests::answers::{self, Answer, MalformedResponse};

/// No answer is waited for any longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the person who paces asks.
const PACE: Duration = Duration::from_millis(50);

pub(crate) const GET: &[u8] = b"GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n";

/// How an answer did not come.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How many bytes of it came all the same.
    pub(crate) heard: usize,
    pub(crate) error: io::Error,
}

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Reads one answer, whole.
pub(crate) fn answer(stream: &mut TcpStream) -> Result<Answer, Failure> {
    let (mut heard, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let failure = |error| Failure { heard: heard.len(), error };
        match stream.read(&mut piece) {
            Ok(0) => return Err(failure(ErrorKind::UnexpectedEof.into())),
            Ok(count) => heard.extend_from_slice(piece.get(..count).unwrap_or(&[])),
            Err(error) => return Err(failure(error)),
        }
        match answers::read(&heard, |_| false) {
            Ok(mut all) if all.len() == 1 => return Ok(all.remove(0)),
            Err(MalformedResponse::CutOff(before)) if before.is_empty() => {}
            other => {
                let error = io::Error::other(format!("{other:?}"));
                return Err(Failure { heard: heard.len(), error });
            }
        }
    }
}

/// Sends a request and reads its answer.
pub(crate) fn ask(stream: &mut TcpStream, request: &[u8]) -> Result<Answer, Failure> {
    // What could not be sent may have been answered all the same.
    let sent = stream.write_all(request);
    match (answer(stream), sent) {
        (Err(failure), Err(error)) => Err(Failure { error, ..failure }),
        (answered, _) => answered,
    }
}

/// Asks once on a connection of its own. Was it answered with 200?
pub(crate) fn is_served(address: SocketAddr) -> bool {
    let answered = connect(address).map(|mut stream| ask(&mut stream, GET));
    matches!(answered, Ok(Ok(answer)) if answer.status == 200)
}

/// How long it takes until somebody is served, who asks again and again; at most 10 s.
pub(crate) fn until_served(address: SocketAddr) -> Duration {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) && !is_served(address) {
        thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

/// The times of two who ask at a steady pace, and how often they were not served.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// A new connection each time: from connecting to the whole answer.
    pub(crate) new: Vec<Duration>,
    /// On one connection that is kept.
    pub(crate) kept: Vec<Duration>,
    pub(crate) failures: usize,
}

/// Asks every 50 ms on a new connection and on a kept one.
pub(crate) fn pace(address: SocketAddr, duration: Duration) -> Times {
    thread::scope(|scope| {
        let new = scope.spawn(|| steadily(duration, || ask(&mut connect(address).ok()?, GET).ok()));
        let mut stream = connect(address).ok();
        let (kept, lost) = steadily(duration, || {
            let answered = stream.as_mut().and_then(|stream| ask(stream, GET).ok());
            if answered.as_ref().is_none_or(Answer::closes) {
                stream = connect(address).ok();
            }
            answered
        });
        let (new, failures) = new.join().unwrap_or_default();
        Times { new, kept, failures: failures + lost }
    })
}

fn steadily(duration: Duration, mut ask: impl FnMut() -> Option<Answer>) -> (Vec<Duration>, usize) {
    let (start, mut times, mut failures) = (Instant::now(), Vec::new(), 0);
    while start.elapsed() < duration {
        let begun = Instant::now();
        match ask() {
            Some(answer) if answer.status == 200 => times.push(begun.elapsed()),
            _ => failures += 1,
        }
        thread::sleep(PACE.saturating_sub(begun.elapsed()));
    }
    (times, failures)
}
