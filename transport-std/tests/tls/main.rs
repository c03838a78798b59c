//! HTTPS over real sockets, in every mode, with a client of rustls.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../common/mod.rs"]
#[macro_use]
mod common;
mod certificates;
mod client;

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
use bantam_std::{
    AccessRecord, ClientAddrSource, Observer, RejectedConnection, Server, Tls, TlsVersion, TrustedProxies,
};
use client::{Client, connector};
use common::{connect, get, latch, long_deadlines, read_to_close, send, start, unless_held_up, wait_until};

fn tls() -> Tls {
    Tls::self_signed(["localhost", "127.0.0.1"]).expect("a certificate")
}

in_every_mode! {
fn a_request_is_answered_with_both_versions_and_the_connection_persists(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut client = Client::new(&connector(&[version]), address);
        for _ in 0..3 {
            client.write_all(&get("/hello"));
            assert!(client.read_response().ends_with("hello"));
        }
        client.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(client.read_to_end().ends_with("hello"));
        assert!(client.has_close_notify(), "before the end of the stream");
    }
}

fn a_session_is_resumed(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let connector = connector(&[version]);
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let mut client = Client::new(&connector, address);
            client.write_all(&get("/hello"));
            assert!(client.read_response().ends_with("hello"));
            kinds.push(client.tls.conn.handshake_kind());
        }
        assert_eq!(kinds, [Some(rustls::HandshakeKind::Full), Some(rustls::HandshakeKind::Resumed)]);
    }
}

fn pipelined_requests_are_answered_in_order(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()).deadlines(long_deadlines()));
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    // More than a request buffer, in records of the largest size.
    let count = 2000;
    let requests = get("/hello").repeat(count);
    client.write_all(&requests);
    for _ in 0..count {
        assert!(client.read_response().ends_with("hello"));
    }
}

fn a_large_body_goes_up_and_down(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    let body: Vec<u8> = (0..3_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    let head = format!("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
    client.write_all(head.as_bytes());
    client.write_all(&body);
    assert!(client.read_response().ends_with("all"));
    // Neither side may wait for the other: the client sends less than the sockets hold before it reads.
    let part = &body[..100_000];
    client.write_all(format!("POST /echo HTTP/1.0\r\nContent-Length: {}\r\n\r\n", part.len()).as_bytes());
    client.write_all(part);
    let mut echo = Vec::new();
    client.tls.read_to_end(&mut echo).unwrap();
    assert!(echo.ends_with(part) && client.has_close_notify());
}

fn a_client_that_ends_its_side_gets_its_response(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    for tcp_too in [false, true] {
        let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
        client.write_all(&get("/hello"));
        client.close_notify();
        if tcp_too {
            client.tls.sock.shutdown(Shutdown::Write).unwrap();
        }
        assert!(client.read_to_end().ends_with("hello"));
        assert!(client.has_close_notify());
    }
}

fn a_body_that_is_cut_off_is_refused(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    client.write_all(b"POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    client.tls.sock.shutdown(Shutdown::Write).unwrap();
    assert!(client.read_to_end().starts_with("HTTP/1.1 400 "));
}

fn an_early_answer_reaches_a_client_that_still_sends(mode) {
    let deadlines = long_deadlines().close(Duration::from_secs(600));
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()).deadlines(deadlines));
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    client.write_all(b"POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n");
    for _ in 0..400 {
        client.write_all(&[b'x'; 50_000]);
    }
    let response = client.read_to_end();
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
    assert!(client.has_close_notify());
}

fn a_request_without_tls_is_told_so(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    let answer = read_to_close(&mut send(address, &get("/hello")));
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("This port speaks HTTPS"), "{answer}");
}

fn garbage_gets_an_alert(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    let mut client = send(address, b"\0\0\0\0\0\0\0\0\0");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"\x15\x03"), "{answer:?}");
}

fn a_slow_handshake_ends_at_its_deadline_and_others_are_served(mode) {
    // Long enough for the handshake of a client that the machine holds up.
    let soon = Duration::from_secs(4);
    let (server, address) = start(mode, latch(), |server| {
        server.tls(tls()).deadlines(long_deadlines().head(soon)).workers(8).max_connections(1000)
    });
    let slow = if mode == Mode::Threads { 6 } else { 200 };
    let mut clients: Vec<_> = (0..slow).map(|_| send(address, b"\x16\x03\x01\x02\0\x01\0")).collect();
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    client.write_all(&get("/hello"));
    assert!(client.read_response().ends_with("hello"));
    for client in &mut clients {
        assert_eq!(client.read(&mut [0; 8]).unwrap_or(0), 0, "closed");
    }
    wait_until(|| server.handle().connections().open == 1);
    // One that sends a byte now and then.
    let mut trickling = connect(address);
    let mut sent = 0;
    wait_until(|| {
        sent += 1;
        let byte = [if sent == 1 { 0x16 } else { 3 }];
        // Not all of its record in the time.
        thread::sleep(Duration::from_millis(10));
        trickling.write_all(&byte).is_err() || (sent > 3 && server.handle().connections().open == 1)
    });
}

fn an_idle_connection_is_closed_with_close_notify(mode) {
    let soon = Duration::from_secs(1);
    let deadlines = long_deadlines().idle(soon);
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()).deadlines(deadlines));
    let mut client = unless_held_up(|| {
        let begun = Instant::now();
        let mut new = Client::new(&connector(rustls::ALL_VERSIONS), address);
        let sent = new.tls.write_all(&get("/hello")).and_then(|()| new.tls.flush());
        // Longer than it may have been idle.
        let is_in_time = begun.elapsed() < soon / 2;
        assert!(sent.is_ok() || !is_in_time, "{sent:?}");
        is_in_time.then_some(new)
    });
    assert!(client.read_response().ends_with("hello"));
    assert_eq!(client.read_to_end(), "");
    assert!(client.has_close_notify());
    // Between the handshake and the first request.
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    assert_eq!(client.read_to_end(), "");
    assert!(client.has_close_notify());
}

fn a_stop_ends_idle_connections_with_close_notify_and_serves_the_others(mode) {
    let latch = latch();
    let (server, address) = start(mode, latch, |server| server.tls(tls()).deadlines(long_deadlines()));
    let connector = connector(rustls::ALL_VERSIONS);
    let (mut idle, mut active) = (Client::new(&connector, address), Client::new(&connector, address));
    idle.write_all(&get("/hello"));
    idle.read_response();
    active.write_all(&get("/latch"));
    latch.wait_for(1);
    server.handle().shutdown(common::TIMEOUT);
    assert_eq!(idle.read_to_end(), "");
    assert!(idle.has_close_notify());
    latch.open();
    assert!(active.read_to_end().ends_with("through"));
    assert!(active.has_close_notify());
    drop((idle, active));
    assert_eq!(server.wait(), 0);
}

fn at_the_limit_a_client_of_tls_gets_an_alert(mode) {
    let latch = latch();
    let (_server, address) =
        start(mode, latch, |server| server.tls(tls()).deadlines(long_deadlines()).max_connections(1));
    let mut active = Client::new(&connector(rustls::ALL_VERSIONS), address);
    active.write_all(&get("/latch"));
    latch.wait_for(1);
    let mut second = connect(address);
    let mut answer = Vec::new();
    second.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, [21, 3, 3, 0, 2, 2, 80]);
    latch.open();
    assert!(active.read_response().ends_with("through"));
}

fn a_proxy_header_comes_before_tls(mode) {
    let proxies = TrustedProxies::new(ClientAddrSource::ProxyProtocol).trust("127.0.0.1").unwrap();
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()).proxies(proxies));
    let mut socket = send(address, b"PROXY TCP4 203.0.113.7 127.0.0.1 1000 443\r\n");
    socket.flush().unwrap();
    let mut client = Client::over(&connector(rustls::ALL_VERSIONS), socket);
    client.write_all(&get("/client"));
    assert!(client.read_response().ends_with("203.0.113.7:1000"));
    // Its own connections without a header are answered in the clear.
    assert!(read_to_close(&mut send(address, &get("/hello"))).starts_with("HTTP/1.1 400 "));
}

fn a_slow_reader_gets_everything(mode) {
    let (_server, address) = start(mode, latch(), |server| server.tls(tls()));
    let mut client = Client::new(&connector(rustls::ALL_VERSIONS), address);
    client.write_all(&get("/flood"));
    thread::sleep(Duration::from_millis(100));
    let mut memory = vec![0; 100_000];
    let mut count = 0;
    while count < 10_000_000 {
        count += client.tls.read(&mut memory).unwrap();
    }
}

fn observers_and_pages_know_that_it_is_tls(mode) {
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen);
    let server = Server::new().mode(mode).tls(tls()).observer(SharedSeen(observer)).bind("127.0.0.1:0").unwrap();
    let server = server.start(Scheme).unwrap();
    let address = server.local_addrs()[0];
    let mut client = Client::new(&connector(&[&rustls::version::TLS12]), address);
    // Over plain HTTP such a target is 421.
    client.write_all(b"GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(client.read_response().starts_with("HTTP/1.1 200 "));
    read_to_close(&mut send(address, &get("/")));
    wait_until(|| seen.rejected.lock().unwrap().len() == 1);
    let mut garbage = Vec::new();
    send(address, b"\0\0\0\0\0\0\0\0\0").read_to_end(&mut garbage).unwrap();
    wait_until(|| seen.rejected.lock().unwrap().len() == 2);
    assert_eq!(*seen.tls.lock().unwrap(), [Some(TlsVersion::V1_2)]);
    assert_eq!(*seen.rejected.lock().unwrap(), [RejectedConnection::PlainHttp, RejectedConnection::Handshake]);
}
}

struct Scheme;

impl Site for Scheme {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        details.connection.make_response(Response::new(Status::OK).body(b"ok")).await
    }
}

#[derive(Default)]
struct Seen {
    tls: Mutex<Vec<Option<TlsVersion>>>,
    rejected: Mutex<Vec<RejectedConnection>>,
}

struct SharedSeen(Arc<Seen>);

impl Observer for SharedSeen {
    fn on_response(&self, access: &AccessRecord<'_>) {
        self.0.tls.lock().unwrap().push(access.tls);
    }

    fn on_rejected(&self, _: &AccessRecord<'_>, why: RejectedConnection) {
        self.0.rejected.lock().unwrap().push(why);
    }
}
