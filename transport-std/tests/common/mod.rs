//! Shared test support: a site whose pages fail, block or flood on demand, and a client that reads bytes.

#![allow(dead_code, reason = "each test file uses a part of it")]

#[cfg(feature = "tls")]
pub(crate) mod tls_bridge;
pub(crate) mod tls_connector;

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use bantam::wire::{ChunkDecoder, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use bantam_std::{Deadlines, Mode, RunningServer, Server};

/// Runs each test in every mode of the server.
#[allow(unused_macros, reason = "each test file uses a part of this")]
macro_rules! in_every_mode {
    ($($(#[$meta:meta])* fn $name:ident($mode:ident) $body:block)+) => {$(
        #[cfg(test)]
        mod $name {
            use bantam_std::Mode;

            #[allow(unused_imports, reason = "each test file uses a part of it")]
            use super::*;

            fn run($mode: Mode) $body

            $(#[$meta])*
            #[test]
            fn event_loop() {
                run(Mode::EventLoop);
            }

            $(#[$meta])*
            #[test]
            fn threads() {
                run(Mode::Threads);
            }

            #[cfg(feature = "tokio")]
            $(#[$meta])*
            #[test]
            fn tokio() {
                run(Mode::Tokio);
            }
        }
    )+};
}

/// A wait that takes longer fails the test: longer than a loaded machine holds a thread up.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Holds the responses of `/latch` until it is opened.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    open: AtomicBool,
    arrived: AtomicUsize,
}

impl Latch {
    pub(crate) fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// Waits in a page until it is open.
    pub(crate) async fn pass<C: Connection>(&self, connection: &mut C) -> Result<(), C::Error> {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        while !self.open.load(Ordering::SeqCst) {
            connection.pause(Duration::from_millis(2)).await?;
        }
        Ok(())
    }

    /// Blocks the thread of a page until it is open.
    pub(crate) fn block(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        wait_until(|| self.open.load(Ordering::SeqCst));
    }

    /// Waits until so many requests have reached `/latch`.
    pub(crate) fn wait_for(&self, count: usize) {
        wait_until(|| self.arrived.load(Ordering::SeqCst) >= count);
    }
}

/// Waits until the condition holds.
pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT, "timed out");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns false, and says so, where this machine has no IPv6, as many containers have none.
pub(crate) fn has_ipv6() -> bool {
    let bound = TcpListener::bind((Ipv6Addr::LOCALHOST, 0));
    if let Err(error) = &bound {
        println!("not tested: this machine has no ::1: {error}");
    }
    bound.is_ok()
}

/// Calls `attempt` until it returns something. It returns `None`, and says nothing of the server, where the machine has held its thread up.
pub(crate) fn unless_held_up<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    (0..10).find_map(|_| attempt()).expect("the machine held this thread up each time")
}

#[derive(Debug)]
pub(crate) struct Pages(pub(crate) &'static Latch);

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let connection = &mut *details.connection;
        match details.uri.path {
            "/hello" => connection.make_response(Response::new(Status::OK).body(b"hello")).await,
            // States no length.
            "/stream" => {
                connection.make_response(Response::new(Status::OK)).await?;
                connection.send(b"one ").await?;
                connection.send(b"two").await
            }
            "/client" => {
                let client = details.client_address.map_or("none".into(), |address| address.to_string());
                connection.make_response(Response::new(Status::OK).body(client.as_bytes())).await
            }
            "/latch" => {
                self.0.pass(connection).await?;
                connection.make_response(Response::new(Status::OK).body(b"through")).await
            }
            // Waits, without time, until the latch is open.
            "/spin" => {
                self.0.arrived.fetch_add(1, Ordering::SeqCst);
                while !self.0.open.load(Ordering::SeqCst) {
                    connection.pause(Duration::ZERO).await?;
                }
                connection.make_response(Response::new(Status::OK).body(b"through")).await
            }
            // Reads its body more slowly than a client sends.
            "/slow" => {
                while connection.recv(&mut [0; 100]).await? > 0 {
                    connection.pause(Duration::from_millis(1)).await?;
                }
                connection.make_response(Response::new(Status::OK)).await
            }
            "/block" => {
                self.0.block();
                connection.make_response(Response::new(Status::OK).body(b"through")).await
            }
            "/sink" => {
                while connection.recv(&mut [0; 1024]).await? > 0 {}
                connection.make_response(Response::new(Status::OK).body(b"all")).await
            }
            "/panic" => {
                connection.make_response(Response::new(Status::OK)).await?;
                panic!("a panic on purpose");
            }
            "/panic-late" => {
                connection.make_response(Response::new(Status::OK).length(10)).await?;
                connection.send(b"12345").await?;
                connection.pause(Duration::ZERO).await?;
                panic!("a panic on purpose");
            }
            "/flood" => {
                connection.make_response(Response::new(Status::OK)).await?;
                loop {
                    connection.send(&[b'x'; 4096]).await?;
                }
            }
            "/thread" => {
                let (mut work, mut polls, done) = (None, 0_u32, Arc::new(AtomicBool::new(false)));
                poll_fn(|context| {
                    polls += 1;
                    let (own, waker) = (Arc::clone(&done), context.waker().clone());
                    work.get_or_insert_with(|| {
                        std::thread::spawn(move || {
                            std::thread::sleep(Duration::from_millis(10));
                            own.store(true, Ordering::SeqCst);
                            waker.wake();
                        })
                    });
                    if done.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                let text = format!("{polls} polls");
                connection.make_response(Response::new(Status::OK).body(text.as_bytes())).await
            }
            "/echo" => {
                let mut memory = [0; 1024];
                let mut count = connection.recv(&mut memory).await?;
                connection.make_response(Response::new(Status::OK)).await?;
                while count > 0 {
                    connection.send(&memory[..count]).await?;
                    count = connection.recv(&mut memory).await?;
                }
                Ok(())
            }
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

pub(crate) fn latch() -> &'static Latch {
    Box::leak(Box::default())
}

/// Returns true where the tests of plain HTTP run over TLS, through a bridge.
#[cfg(feature = "tls")]
pub(crate) fn is_over_tls() -> bool {
    std::env::var_os("BANTAM_TEST_OVER_TLS").is_some()
}

/// Starts a server on a free port. The address is that of the bridge, if there is one.
pub(crate) fn start(
    mode: Mode,
    latch: &'static Latch,
    adapt: impl FnOnce(Server) -> Server,
) -> (RunningServer, SocketAddr) {
    let server = adapt(Server::new().mode(mode).bind("127.0.0.1:0").expect("a free port"));
    #[cfg(feature = "tls")]
    if is_over_tls() {
        let tls = bantam_std::Tls::self_signed(["localhost"]).expect("a certificate");
        let running = server.tls(tls).start(Pages(latch)).expect("started");
        let address = tls_bridge::bridge(running.local_addrs()[0]);
        return (running, address);
    }
    let running = server.start(Pages(latch)).expect("started");
    let address = running.local_addrs()[0];
    (running, address)
}

/// Deadlines beyond the end of every test.
pub(crate) fn long_deadlines() -> Deadlines {
    let long = Duration::from_secs(600);
    let close = Duration::from_millis(200);
    Deadlines::DEFAULT.idle(long).head(long).body_progress(long).body_total(long).response(long).close(close)
}

/// Asks for the descriptors that tests need, or all that the system allows: a process has the servers of its tests and their clients, and
/// systems give 256 or 1024 without being asked.
fn take_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        static TAKEN: std::sync::Once = std::sync::Once::new();
        TAKEN.call_once(|| {
            let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
            // As many as macOS gives, whatever maximum it states.
            let wanted = Some(maximum.unwrap_or(u64::MAX).min(10_240));
            if current < wanted && current.is_some() {
                let _ = setrlimit(Resource::Nofile, Rlimit { current: wanted, maximum });
            }
        });
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    take_descriptors();
    let stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    stream
}

/// Connects and sends.
pub(crate) fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(address);
    stream.write_all(bytes).expect("sent");
    stream
}

/// Connects and sends before half of this time is over, in which the server waits for the first byte.
pub(crate) fn send_in_time(address: SocketAddr, time: Duration, bytes: &[u8]) -> TcpStream {
    unless_held_up(|| {
        let begun = Instant::now();
        let mut stream = connect(address);
        let result = stream.write_all(bytes);
        (begun.elapsed() < time / 2).then(|| {
            result.expect("sent");
            stream
        })
    })
}

pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes()
}

/// The data of a chunked body, all of which has arrived.
pub(crate) fn unchunk(mut framed: &[u8]) -> Vec<u8> {
    let (mut decoder, mut data) = (ChunkDecoder::new(), Vec::new());
    while !decoder.is_done() {
        let step = decoder.decode(framed).expect("well framed");
        assert!(step.used > 0, "cut off");
        data.extend(step.data);
        framed = &framed[step.used..];
    }
    data
}

/// Reads until the server closes.
pub(crate) fn read_to_close(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("closed in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one response with a Content-Length.
pub(crate) fn read_response(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        text.push(char::from(byte[0]));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body)?;
    text.push_str(&String::from_utf8_lossy(&body));
    Ok(text)
}
