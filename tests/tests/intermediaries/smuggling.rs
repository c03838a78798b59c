//! Request smuggling through an intermediary.
//!
//! Invariant: no smuggled request is served, and every other client gets its own responses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bantam::{Connection, RequestDetails, Site};
use bantam_std::Server;
use bantam_www::Www;

use crate::corpus;
use crate::proxy::{MARK, Proxy};
use crate::rolling::TIMEOUT;

/// The site. The intermediary marks every request that it forwards: a request without the mark was smuggled.
struct Marked(Arc<Mutex<Vec<String>>>);

impl Site for Marked {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.headers.first(MARK).is_none() {
            self.0.lock().expect("sound").push(format!("{} {:?}", details.method, details.uri));
        }
        Www::new().request_handler(details).await
    }
}

/// A request with a unique name.
fn ordinary(name: &str) -> String {
    format!("GET /?firstname={name} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Sends bytes, and reads until a timeout.
fn attack(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the intermediary listens");
    stream.set_read_timeout(Some(Duration::from_millis(150))).expect("a time-out");
    let _ = stream.write_all(bytes);
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received);
    String::from_utf8_lossy(&received).into_owned()
}

/// A client with a persistent connection and unique requests.
struct Victim {
    stream: TcpStream,
    asked: usize,
}

impl Victim {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the intermediary listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
        Self { stream, asked: 0 }
    }

    /// Sends a request; returns an error unless the response is its own.
    fn exchange(&mut self, client: &str) -> Result<(), String> {
        self.asked += 1;
        let name = format!("{client}-{}", self.asked);
        self.stream.write_all(ordinary(&name).as_bytes()).map_err(|error| error.to_string())?;
        let mut received = Vec::new();
        let mut memory = [0; 4096];
        while !is_whole(&received) {
            match self.stream.read(&mut memory) {
                Ok(count @ 1..) => received.extend_from_slice(&memory[..count]),
                end => return Err(format!("{end:?} after {}", String::from_utf8_lossy(&received))),
            }
        }
        let received = String::from_utf8_lossy(&received).into_owned();
        let mine =
            received.starts_with("HTTP/1.1 200 OK\r\n") && received.contains(&format!("Hello, {name}!"));
        if mine && received.matches("HTTP/1.1 ").count() == 1 { Ok(()) } else { Err(received) }
    }
}

/// Returns true for a head and the body of the length that it states, or a chunked body.
fn is_whole(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.map_or(body.ends_with("0\r\n\r\n"), |length: usize| body.len() >= length)
}

fn behind(start: impl FnOnce(SocketAddr) -> Proxy) {
    let smuggled = Arc::new(Mutex::new(Vec::new()));
    let site = Marked(Arc::clone(&smuggled));
    let server = Server::new().bind("127.0.0.1:0").expect("a port").start(site).expect("started");
    let proxy = start(server.local_addrs()[0]);
    let mut kept = Victim::connect(proxy.address);
    kept.exchange("kept").expect("answered before anything has happened");
    let mut refused = 0;
    for (number, bytes) in corpus::all().iter().enumerate() {
        let received = attack(proxy.address, bytes);
        refused += usize::from(received.contains("HTTP/1.1 400 "));
        let attack = String::from_utf8_lossy(bytes);
        // The few connections to the server are reused at once: a smuggled response would arrive here.
        for _ in 0..3 {
            kept.exchange("kept").unwrap_or_else(|received| {
                panic!("{number}: {attack:?}\nanother client received: {received}")
            });
        }
        let taken = std::mem::take(&mut *smuggled.lock().expect("sound"));
        assert!(taken.is_empty(), "{number}: {attack:?}\nwas taken for {taken:?}");
        let new = Victim::connect(proxy.address).exchange(&format!("new-{number}"));
        new.unwrap_or_else(|received| panic!("{number}: {attack:?}\na new client received: {received}"));
    }
    assert!(refused > 10, "the attacks are attacks: {refused}");
}

#[test]
#[ignore = "needs nginx: tests/run installs it"]
fn no_client_of_nginx_gets_a_smuggled_response() {
    behind(Proxy::nginx);
}

#[test]
#[ignore = "needs haproxy: tests/run installs it"]
fn no_client_of_haproxy_gets_a_smuggled_response() {
    behind(Proxy::haproxy);
}
