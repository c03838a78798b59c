//! Law: a client asks again as soon as it has its answer, and takes nothing for one but the whole answer to what it has asked;
//! it never asks twice.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bantam_tests::answers::{self, Answer, MalformedResponse};
use socket2::SockRef;

use crate::rolling::PATIENCE;

/// For how many requests each of the clients keeps a connection.
const KEPT: [usize; 8] = [usize::MAX, usize::MAX, usize::MAX, 100, 100, 10, 1, 1];

#[derive(Default)]
struct Score {
    over: AtomicBool,
    answered: AtomicUsize,
    failed: Mutex<Vec<String>>,
}

/// Clients at work.
pub(crate) struct Load {
    score: Arc<Score>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn on(address: SocketAddr) -> Self {
        let score = Arc::<Score>::default();
        let client = |(number, kept): (usize, &usize)| {
            let (score, kept) = (Arc::clone(&score), *kept);
            std::thread::spawn(move || client(number, kept, address, &score))
        };
        let clients = KEPT.iter().enumerate().map(client).collect();
        Self { score, clients }
    }

    /// How many requests have been answered; nobody has been failed so far.
    pub(crate) fn answered(&self) -> usize {
        let failed = self.score.failed.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(failed.is_empty(), "{failed:#?}");
        self.score.answered.load(Ordering::Relaxed)
    }

    /// Lets everybody have their last answer; how many they were in all.
    pub(crate) fn end(mut self) -> usize {
        self.score.over.store(true, Ordering::Relaxed);
        self.clients.drain(..).for_each(|client| client.join().expect("a client"));
        self.answered()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.score.over.store(true, Ordering::Relaxed);
    }
}

fn client(number: usize, kept: usize, address: SocketAddr, score: &Score) {
    let mut stream: Option<(TcpStream, usize)> = None;
    for count in 0.. {
        if score.over.load(Ordering::Relaxed) {
            break;
        }
        let (mut connection, used) = stream.take().unwrap_or_else(|| (connect(address), 0));
        let asked = if count % 2 == 0 { greeted(number, count) } else { echoed(number, count) };
        match ask(&mut connection, &asked) {
            Ok(answer) => {
                score.answered.fetch_add(1, Ordering::Relaxed);
                stream = (!answer.closes() && used + 1 < kept).then_some((connection, used + 1));
            }
            Err(what) => {
                let what =
                    format!("request {count} of client {number}, {used} before on this connection: {what}");
                return score.failed.lock().unwrap_or_else(PoisonError::into_inner).push(what);
            }
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the intermediary listens");
    stream.set_nodelay(true).expect("an option");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time-out");
    // Ports in TIME-WAIT would run out.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("an option");
    stream
}

/// A request, and what its answer has to hold: a part of the body, or all of it.
struct Asked {
    request: Vec<u8>,
    expected: Vec<u8>,
    whole: bool,
}

/// A name that nobody else has.
fn greeted(number: usize, count: usize) -> Asked {
    let request =
        format!("GET /?firstname=c{number}-{count} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes();
    Asked { request, expected: format!("Hello, c{number}-{count}!").into_bytes(), whole: false }
}

/// A body of up to 40 KB that nobody else has: more than an intermediary keeps in memory.
fn echoed(number: usize, count: usize) -> Asked {
    let expected: Vec<u8> =
        format!("{number}-{count}.").into_bytes().into_iter().cycle().take(count * 7919 % 40_000).collect();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", expected.len());
    Asked { request: [head.as_bytes(), &expected].concat(), expected, whole: true }
}

fn ask(stream: &mut TcpStream, asked: &Asked) -> Result<Answer, String> {
    stream.write_all(&asked.request).map_err(|error| format!("not sent: {error}"))?;
    let (mut heard, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        match stream.read(&mut piece) {
            Ok(count @ 1..) => heard.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            end => return Err(format!("{end:?} after {}", String::from_utf8_lossy(&heard))),
        }
        let answer = match answers::read(&heard, |_| false) {
            Err(MalformedResponse::CutOff(before)) if before.is_empty() => continue,
            Ok(mut answers) if answers.len() == 1 => answers.remove(0),
            other => return Err(format!("{other:?}")),
        };
        let body = &answer.body;
        let right = if asked.whole {
            *body == asked.expected
        } else {
            body.windows(asked.expected.len()).any(|window| window == asked.expected)
        };
        let text = || String::from_utf8_lossy(&heard[..heard.len().min(1000)]).into_owned();
        return if answer.status == 200 && right { Ok(answer) } else { Err(text()) };
    }
}
