//! Clients that send requests in a loop.
//!
//! Invariant: a client never repeats a request, and fails unless it gets the complete response to it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bantam_tests::answers::{self, Answer, MalformedResponse};
use socket2::SockRef;

use crate::rolling::TIMEOUT;

/// The number of requests on a connection, for each client.
const KEPT: [usize; 8] = [usize::MAX, usize::MAX, usize::MAX, 100, 100, 10, 1, 1];

#[derive(Default)]
struct Counters {
    over: AtomicBool,
    answered: AtomicUsize,
    failed: Mutex<Vec<String>>,
}

/// Running clients.
pub(crate) struct Load {
    counters: Arc<Counters>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn on(address: SocketAddr) -> Self {
        let counters = Arc::<Counters>::default();
        let client = |(number, kept): (usize, &usize)| {
            let (counters, kept) = (Arc::clone(&counters), *kept);
            std::thread::spawn(move || client(number, kept, address, &counters))
        };
        let clients = KEPT.iter().enumerate().map(client).collect();
        Self { counters, clients }
    }

    /// The number of responses so far.
    ///
    /// # Panics
    /// If a client has failed.
    pub(crate) fn answered(&self) -> usize {
        let failed = self.counters.failed.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(failed.is_empty(), "{failed:#?}");
        self.counters.answered.load(Ordering::Relaxed)
    }

    /// Waits for the last response of every client. Returns the number of all responses.
    pub(crate) fn end(mut self) -> usize {
        self.counters.over.store(true, Ordering::Relaxed);
        self.clients.drain(..).for_each(|client| client.join().expect("a client"));
        self.answered()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.counters.over.store(true, Ordering::Relaxed);
    }
}

fn client(number: usize, kept: usize, address: SocketAddr, counters: &Counters) {
    let mut stream: Option<(TcpStream, usize)> = None;
    for count in 0.. {
        if counters.over.load(Ordering::Relaxed) {
            break;
        }
        let (mut connection, used) = stream.take().unwrap_or_else(|| (connect(address), 0));
        let asked = if count % 2 == 0 { greeted(number, count) } else { echoed(number, count) };
        match ask(&mut connection, &asked) {
            Ok(answer) => {
                counters.answered.fetch_add(1, Ordering::Relaxed);
                stream = (!answer.closes() && used + 1 < kept).then_some((connection, used + 1));
            }
            Err(what) => {
                let what =
                    format!("request {count} of client {number}, {used} before on this connection: {what}");
                return counters.failed.lock().unwrap_or_else(PoisonError::into_inner).push(what);
            }
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the intermediary listens");
    stream.set_nodelay(true).expect("an option");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    stream.set_write_timeout(Some(TIMEOUT)).expect("a time-out");
    // Avoids TIME-WAIT, or the ports would run out.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("an option");
    stream
}

/// A request, and a part of the expected body, or all of it.
struct Asked {
    request: Vec<u8>,
    expected: Vec<u8>,
    whole: bool,
}

/// A greeting with a unique name.
fn greeted(number: usize, count: usize) -> Asked {
    let request =
        format!("GET /?firstname=c{number}-{count} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes();
    Asked { request, expected: format!("Hello, c{number}-{count}!").into_bytes(), whole: false }
}

/// An echo of a unique body of up to 40 KB: more than an intermediary keeps in memory.
fn echoed(number: usize, count: usize) -> Asked {
    let expected: Vec<u8> =
        format!("{number}-{count}.").into_bytes().into_iter().cycle().take(count * 7919 % 40_000).collect();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", expected.len());
    Asked { request: [head.as_bytes(), &expected].concat(), expected, whole: true }
}

fn ask(stream: &mut TcpStream, asked: &Asked) -> Result<Answer, String> {
    stream.write_all(&asked.request).map_err(|error| format!("not sent: {error}"))?;
    let (mut received, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        match stream.read(&mut piece) {
            Ok(count @ 1..) => received.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            end => return Err(format!("{end:?} after {}", String::from_utf8_lossy(&received))),
        }
        let answer = match answers::read(&received, |_| false) {
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
        let text = || String::from_utf8_lossy(&received[..received.len().min(1000)]).into_owned();
        return if answer.status == 200 && right { Ok(answer) } else { Err(text()) };
    }
}
