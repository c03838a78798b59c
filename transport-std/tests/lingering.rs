//! Lingering close (RFC 9112 section 9.6) over real sockets.
//!
//! Invariant: an answer reaches a client that is still sending its request, and a connection that closes keeps none from
//! being served.

#[macro_use]
mod common;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use bantam_std::{Deadlines, Server};
use common::{
    TIMEOUT, connect, get, latch, long_deadlines, read_response, read_to_close, send, start, wait_until,
};

/// More than the buffers of two sockets hold.
const LARGE: usize = 20_000_000;

/// Deadlines that end nothing during a test.
fn endless() -> Deadlines {
    long_deadlines().close(Duration::from_secs(600))
}

/// The request to a page that reads no body.
fn post(path: &str, length: usize) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

/// Writes a head and a large body, then reads until the server closes.
fn write_before_reading(address: SocketAddr, head: &[u8]) -> io::Result<String> {
    let mut client = connect(address);
    client.write_all(head)?;
    write_large(&mut client)?;
    let mut response = String::new();
    client.read_to_string(&mut response)?;
    Ok(response)
}

fn write_large(client: &mut TcpStream) -> io::Result<()> {
    let piece = [b'x'; 50_000];
    (0..LARGE / piece.len()).try_for_each(|_| client.write_all(&piece))
}

fn starts_with(address: SocketAddr, head: &[u8], status: &str) {
    let response = write_before_reading(address, head).unwrap_or_else(|error| panic!("{status}: {error}"));
    assert!(response.starts_with(status), "{status}: {response}");
}

in_every_mode! {
fn an_early_answer_reaches_a_client_that_writes_everything_before_it_reads(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(endless()));
    starts_with(address, &post("/missing", LARGE), "HTTP/1.1 404 ");
    // A page that answers without reading.
    starts_with(address, &post("/hello", LARGE), "HTTP/1.1 200 ");
    // The client says that it is its last request.
    let last = b"POST /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n";
    starts_with(address, last, "HTTP/1.1 200 ");
    starts_with(address, b"POST /hello HTTP/1.0\r\nContent-Length: 20000000\r\n\r\n", "HTTP/1.1 200 ");
    // A page that fails.
    starts_with(address, &post("/panic", LARGE), "HTTP/1.1 500 ");
    starts_with(address, b"nonsense\r\n", "HTTP/1.1 400 ");
    starts_with(address, b"GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 ");
    starts_with(address, b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: a\r\nContent-Length: 20000000\r\n\r\n", "HTTP/1.1 417 ");
    starts_with(address, b"GET /", "HTTP/1.1 414 ");
    starts_with(address, b"GET / HTTP/1.1\r\nHost: a\r\nX: ", "HTTP/1.1 431 ");
    let chunked = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n";
    starts_with(address, chunked, "HTTP/1.1 400 ");
    // The client waits for no 100.
    let expecting = b"POST /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n\r\n";
    starts_with(address, expecting, "HTTP/1.1 200 ");
}

fn an_answer_to_a_body_beyond_the_limit_reaches_its_client(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(endless()).body_limit(1000));
    starts_with(address, &post("/echo", LARGE), "HTTP/1.1 413 ");
    let chunked = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1312d00\r\n";
    starts_with(address, chunked, "HTTP/1.1 413 ");
}

fn a_client_that_is_told_408_may_go_on_sending(mode) {
    let deadlines = endless().head(Duration::from_millis(50)).body_progress(Duration::from_millis(50));
    let (_server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    for begun in [&b"POST /echo HTTP/1.1\r\nHost:"[..], &post("/echo", LARGE)] {
        let mut client = send(address, begun);
        // The answer has begun: the server has given up.
        client.peek(&mut [0]).unwrap();
        write_large(&mut client).unwrap();
        assert!(read_to_close(&mut client).starts_with("HTTP/1.1 408 "));
    }
}

fn a_503_reaches_a_client_that_writes_everything_before_it_reads(mode) {
    let latch = latch();
    let (_server, address) = start(mode, latch, |server| server.deadlines(endless()).max_connections(1));
    // An idle connection would make way.
    let mut active = send(address, &get("/latch"));
    latch.wait_for(1);
    starts_with(address, &post("/echo", LARGE), "HTTP/1.1 503 ");
    latch.open();
    read_response(&mut active).unwrap();
}

#[cfg(unix)]
fn an_early_answer_reaches_a_client_of_a_unix_socket(mode) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let server = Server::new().mode(mode).deadlines(endless()).bind_unix(&path).unwrap();
    let _server = server.start(common::Pages(latch())).unwrap();
    let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    client.set_read_timeout(Some(TIMEOUT)).unwrap();
    client.write_all(&post("/missing", LARGE)).unwrap();
    client.write_all(&[b'x'; LARGE]).unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
}

fn a_lingering_connection_is_neither_open_nor_in_the_limit(mode) {
    let limit = |server: Server| server.deadlines(endless()).max_connections(1).workers(1);
    let (server, address) = start(mode, latch(), limit);
    let mut lingering = send(address, b"nonsense\r\n");
    assert!(read_to_close(&mut lingering).starts_with("HTTP/1.1 400 "));
    let mut next = send(address, &get("/hello"));
    assert!(read_response(&mut next).unwrap().ends_with("hello"));
    let counts = server.handle().connections();
    assert_eq!((counts.open, counts.lingering), (1, 1));
    drop(lingering);
    wait_until(|| server.handle().connections().lingering == 0);
}

fn a_client_that_sends_too_slowly_is_closed(mode) {
    let deadlines = long_deadlines().close(Duration::from_millis(100));
    let (server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    let mut slow = send(address, b"nonsense\r\n");
    let silent = send(address, b"nonsense\r\n");
    assert!(read_to_close(&mut slow).starts_with("HTTP/1.1 400 "));
    wait_until(|| {
        let _ = slow.write_all(b"x");
        server.handle().connections().lingering == 0
    });
    drop(silent);
}

fn a_stop_waits_for_a_client_that_still_sends(mode) {
    let (server, address) = start(mode, latch(), |server| server.deadlines(endless()));
    let mut client = send(address, &post("/hello", LARGE));
    let handle = server.handle();
    wait_until(|| handle.connections().lingering == 1);
    handle.shutdown(TIMEOUT);
    let stopped = thread::spawn(|| server.wait());
    write_large(&mut client).unwrap();
    assert!(read_to_close(&mut client).ends_with("hello"));
    assert_eq!(handle.connections().lingering, 1, "the client has not closed");
    drop(client);
    assert_eq!(stopped.join().unwrap(), 0);
}

fn a_stop_does_not_wait_for_a_lingering_client_beyond_its_deadline(mode) {
    let (server, address) = start(mode, latch(), |server| server.deadlines(endless()));
    let mut client = send(address, b"nonsense\r\n");
    assert!(read_to_close(&mut client).starts_with("HTTP/1.1 400 "));
    let handle = server.handle();
    handle.shutdown(Duration::from_millis(20));
    assert_eq!(server.wait(), 0, "its response has been sent: nothing is aborted");
    wait_until(|| handle.connections().lingering == 0);
    drop(client);
}
}
