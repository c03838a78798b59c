//! Limits of a connection and of a client: requests, age, connections, requests a second, bytes a second.

#[macro_use]
mod common;

#[cfg(feature = "cli")]
#[path = "common/program.rs"]
mod program;

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_std::{
    AccessRecord, ClientAddrSource, Observer, Rate, RateLimit, RejectedConnection, Server, TrustedProxies,
};
use common::{
    Pages, connect, get, latch, long_deadlines, read_response, read_to_close, send, send_in_time, start,
    wait_until,
};

/// Reads so many bytes. Returns how long that took.
fn read_for(client: &mut impl Read, count: usize) -> Duration {
    let begun = Instant::now();
    client.read_exact(&mut vec![0; count]).expect("so many bytes");
    begun.elapsed()
}

/// Trusts the proxies of this machine.
fn local_proxies(source: ClientAddrSource) -> TrustedProxies {
    TrustedProxies::new(source).trust("127.0.0.0/8").expect("a network")
}

/// A connection of this client, by a header of the PROXY protocol, with a request.
fn ask_as(address: SocketAddr, client: &str) -> TcpStream {
    let version = if client.contains(':') { 6 } else { 4 };
    let header = format!("PROXY TCP{version} {client} {client} 7 80\r\n");
    send(address, &[header.into_bytes(), get("/hello")].concat())
}

/// An address of this machine that other machines can reach, if it has one.
fn own_address() -> Option<SocketAddr> {
    // Sends nothing: the system chooses a route.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().filter(|address| !address.ip().is_loopback())
}

/// Notes why connections were refused, and of which clients.
#[derive(Clone, Default)]
struct Rejections(Arc<Mutex<Vec<(String, RejectedConnection)>>>);

impl Observer for Rejections {
    fn on_response(&self, _: &AccessRecord<'_>) {}

    fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        let client = access.client.map_or_else(String::new, |client| client.ip().to_string());
        self.0.lock().expect("no panic").push((client, why));
    }
}

/// Answers with 4 KB.
struct Kilobytes;

impl Site for Kilobytes {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        details.connection.make_response(Response::new(Status::OK).body(&[b'x'; 4096])).await
    }
}

/// Refuses in JSON.
struct Json(Pages);

impl Site for Json {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.0.request_handler(details).await
    }

    async fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        _: &'static str,
    ) -> Result<(), C::Error> {
        details.connection.make_response(Response::new(status).body(b"{}")).await
    }
}

fn one_an_hour() -> Rate {
    Rate::new(1, Duration::from_secs(3600)).expect("a rate").burst(2)
}

in_every_mode! {
fn the_last_request_of_a_connection_is_answered_with_close_and_what_is_behind_it_is_not_processed(mode) {
    let (server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).max_requests(3));
    for pipelined in [false, true] {
        let mut client = connect(address);
        if pipelined {
            client.write_all(&get("/hello").repeat(5)).unwrap();
        }
        for number in 1..=3 {
            if !pipelined {
                client.write_all(&get("/hello")).unwrap();
            }
            let answer = read_response(&mut client).unwrap();
            assert_eq!(answer.contains("\r\nConnection: close\r\n"), number == 3, "{number}: {answer}");
        }
        // An orderly end, and no reset, though two requests are unread.
        assert_eq!(read_to_close(&mut client), "");
    }
    wait_until(|| server.handle().connections().open == 0);
}

fn a_refused_request_counts_and_a_body_is_read_before_the_close(mode) {
    let (_server, address) = start(mode, latch(), |server| server.max_requests(2));
    let mut client = send(address, &get("/nothing"));
    assert!(read_response(&mut client).unwrap().starts_with("HTTP/1.1 404 "));
    let body = "x".repeat(20_000);
    client.write_all(format!("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{body}").as_bytes()).unwrap();
    let rest = read_to_close(&mut client);
    assert!(rest.contains("\r\nConnection: close\r\n") && rest.ends_with("all"), "{rest}");
}

fn a_connection_beyond_its_age_ends_with_its_next_answer_and_a_request_is_not_cut_off(mode) {
    const AGE: Duration = Duration::from_millis(600);
    let latch = latch();
    let (server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()).max_age(AGE));
    // Waits for its answer, with requests behind it, until the connection is too old.
    let mut client = send_in_time(address, AGE, &[get("/latch"), get("/hello"), get("/hello")].concat());
    let opened = Instant::now();
    latch.wait_for(1);
    while opened.elapsed() < 2 * AGE {
        std::thread::sleep(AGE);
    }
    // It is not cut off: an attempt that was held up may be.
    wait_until(|| server.handle().connections().open == 1);
    latch.open();
    let answers = read_to_close(&mut client);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1, "{answers}");
    assert!(answers.contains("\r\nConnection: close\r\n") && answers.ends_with("through"), "{answers}");
}

/// A worker reads the clock once in a turn, in which the machine may hold it up: a time may seem shorter here.
fn an_idle_connection_is_closed_at_its_age_and_not_earlier(mode) {
    const AGE: Duration = Duration::from_secs(1);
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).max_age(AGE));
    for request in [&b""[..], &get("/hello")] {
        let opened = Instant::now();
        let mut client = send_in_time(address, AGE, request);
        if !request.is_empty() {
            let answer = read_response(&mut client).unwrap();
            assert!(!answer.contains("Connection: close") || opened.elapsed() >= AGE / 2, "{answer}");
        }
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
        assert!(opened.elapsed() >= AGE / 2, "{:?}", opened.elapsed());
    }
}
}

in_every_mode! {
fn a_client_has_so_many_connections_and_others_have_their_own(mode) {
    let seen = Rejections::default();
    let (server, address) = start(mode, latch(), |server| {
        let server = server.proxies(local_proxies(ClientAddrSource::ProxyProtocol)).observer(seen.clone());
        server.deadlines(long_deadlines()).max_connections_per_client(2)
    });
    let served = |client: &str| {
        let mut stream = ask_as(address, client);
        let answer = read_response(&mut stream).unwrap();
        assert!(answer.ends_with("hello"), "{client}: {answer}");
        stream
    };
    let refused = |client: &str| {
        let answer = read_to_close(&mut ask_as(address, client));
        assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("\r\nConnection: close\r\n"), "{answer}");
        assert!(answer.contains("\r\nRetry-After: 1\r\n") && answer.contains("Too many connections"), "{answer}");
    };
    for [first, second, third] in [
        ["203.0.113.1", "203.0.113.1", "203.0.113.1"],
        ["2001:db8::1", "2001:db8::ffff:2", "2001:db8::3"],
    ] {
        let held = [served(first), served(second)];
        refused(third);
        let _others = [served("203.0.113.2"), served("2001:db8:0:1::1")];
        drop(held);
        wait_until(|| server.handle().connections().open == 2);
        served(third);
        drop(_others);
        wait_until(|| server.handle().connections().open == 0);
    }
    let rejected = |client: &str| (client.to_owned(), RejectedConnection::ClientLimit);
    assert_eq!(*seen.0.lock().unwrap(), [rejected("203.0.113.1"), rejected("2001:db8::3")]);
}

fn connections_of_this_machine_are_not_limited(mode) {
    let (_server, address) = start(mode, latch(), |server| server.max_connections_per_client(1));
    let mut clients: Vec<_> = (0..5).map(|_| send(address, &get("/hello"))).collect();
    for client in &mut clients {
        assert!(read_response(client).unwrap().ends_with("hello"));
    }
}

fn a_client_beyond_its_limit_makes_no_idle_connection_make_way_and_a_trusted_proxy_is_not_limited(mode) {
    let Some(own) = own_address() else { return println!("not tested: no other machine reaches this one") };
    let (server, address) = start(mode, latch(), |server| {
        server.bind("0.0.0.0:0").unwrap().deadlines(long_deadlines()).max_connections(3).max_connections_per_client(2)
    });
    let reachable = SocketAddr::new(own.ip(), server.local_addrs()[1].port());
    let ask = |address| {
        let mut client = send(address, &get("/hello"));
        assert!(read_response(&mut client).unwrap().ends_with("hello"));
        client
    };
    let mut kept = [ask(address), ask(reachable), ask(reachable)];
    wait_until(|| server.handle().connections().active == 0);
    for _ in 0..3 {
        assert!(read_to_close(&mut send(reachable, &get("/hello"))).starts_with("HTTP/1.1 429 "));
    }
    for client in &mut kept {
        client.write_all(&get("/hello")).unwrap();
        assert!(read_response(client).unwrap().ends_with("hello"));
    }
    let proxies = TrustedProxies::default().trust(&own.ip().to_string()).unwrap();
    let (server, _) = start(mode, latch(), |server| {
        server.bind("0.0.0.0:0").unwrap().proxies(proxies).max_connections_per_client(1)
    });
    let reachable = SocketAddr::new(own.ip(), server.local_addrs()[1].port());
    let _held = [ask(reachable), ask(reachable), ask(reachable)];
}

fn requests_beyond_a_rate_are_429_through_the_refusals_of_the_site_and_the_connection_persists(mode) {
    let proxies = local_proxies(ClientAddrSource::XForwardedFor);
    let server = Server::new().mode(mode).proxies(proxies).bind("127.0.0.1:0").unwrap();
    let site = Json(Pages(latch())).layer(RateLimit::per_client(one_an_hour()));
    let server = server.start(site).unwrap();
    let mut client = connect(server.local_addrs()[0]);
    let mut ask = |from: &str| {
        let fields = if from.is_empty() { String::new() } else { format!("X-Forwarded-For: {from}\r\n") };
        client.write_all(format!("GET /hello HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes()).unwrap();
        read_response(&mut client).unwrap()
    };
    for [first, second, third] in [
        ["", "", ""],
        ["203.0.113.1", "203.0.113.1", "203.0.113.1"],
        ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"],
    ] {
        assert!(ask(first).ends_with("hello") && ask(second).ends_with("hello"));
        for _ in 0..3 {
            let answer = ask(third);
            assert!(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n") && answer.ends_with("\r\n\r\n{}"), "{answer}");
            assert!(answer.contains("\r\nRetry-After: 3600\r\n") && !answer.contains("Connection: close"), "{answer}");
        }
    }
    assert!(ask("2001:db8:0:1::1").ends_with("hello"));
}

fn a_request_passes_again_when_there_is_a_token_and_not_earlier(mode) {
    let server = Server::new().mode(mode).bind("127.0.0.1:0").unwrap();
    let rate = Rate::new(20, Duration::from_secs(1)).unwrap().burst(1);
    let server = server.start(Pages(latch()).layer(RateLimit::per_client(rate))).unwrap();
    let mut client = connect(server.local_addrs()[0]);
    let begun = Instant::now();
    for passed in 0..5 {
        loop {
            client.write_all(&get("/hello")).unwrap();
            let answer = read_response(&mut client).unwrap();
            if answer.ends_with("hello") {
                break;
            }
            assert!(answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
        }
        assert!(begun.elapsed() >= passed * Duration::from_millis(50), "{passed}");
    }
}

fn a_download_is_no_faster_than_its_rate_and_others_are_served_meanwhile(mode) {
    let workers = if mode == Mode::Threads { 3 } else { 1 };
    let (_server, address) = start(mode, latch(), |server| server.workers(workers).max_rate(128 << 10));
    let begun = Instant::now();
    let mut slow = send(address, &get("/flood"));
    for _ in 0..4 {
        read_for(&mut slow, 16 << 10);
        assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    }
    // All but a piece of 16 KB and the credit of a late timer, which is 20 ms: 350 ms, and 100 less by the clock of a turn.
    assert!(begun.elapsed() >= Duration::from_millis(250), "{:?}", begun.elapsed());
}

fn short_answers_on_a_kept_connection_are_no_faster_than_its_rate(mode) {
    let server = Server::new().mode(mode).max_rate(64 << 10).bind("127.0.0.1:0").unwrap();
    let server = server.start(Kilobytes).unwrap();
    let mut client = connect(server.local_addrs()[0]);
    let begun = Instant::now();
    for _ in 0..12 {
        client.write_all(&get("/")).unwrap();
        assert!(read_response(&mut client).unwrap().ends_with('x'));
    }
    assert!(begun.elapsed() >= Duration::from_millis(450), "{:?}", begun.elapsed());
}

fn a_slow_rate_uses_up_no_deadline_and_a_client_that_does_not_read_is_cut_off(mode) {
    let deadlines = long_deadlines().response(Duration::from_millis(200));
    let (_server, address) = start(mode, latch(), |server| server.deadlines(deadlines).max_rate(2 << 10));
    // A piece of 512 bytes in 250 ms.
    read_for(&mut send(address, &get("/flood")), 4 << 10);
    let (server, address) = start(mode, latch(), |server| server.deadlines(deadlines).max_rate(256 << 20));
    let mut client = send(address, &get("/flood"));
    read_for(&mut client, 1);
    wait_until(|| server.handle().connections().open == 0);
}

fn a_stop_does_not_wait_for_a_slow_rate(mode) {
    let (server, address) = start(mode, latch(), |server| server.max_rate(1 << 10));
    let mut client = send(address, &get("/flood"));
    read_for(&mut client, 512);
    server.handle().shutdown(Duration::from_millis(100));
    assert_eq!(server.wait(), 1);
}
}

/// The flags of the program.
#[cfg(feature = "cli")]
mod flags {
    use super::*;
    use crate::program::Program;

    /// The value of a series of the metrics.
    fn metric(address: SocketAddr, series: &str) -> String {
        let text = read_to_close(&mut send(address, b"GET /metrics HTTP/1.0\r\n\r\n"));
        let line = text.lines().find_map(|line| line.strip_prefix(series)).expect("such a series");
        line.trim().to_owned()
    }

    in_every_mode! {
    fn connections_beyond_those_of_a_client_are_counted_and_said(mode) {
        let mut program = Program::start_in(mode, &[
            "--max-connections-per-client", "1", "--trust-proxy", "127.0.0.1", "--client-from", "proxy-protocol",
            "--metrics", "127.0.0.1:0",
        ]);
        let metrics = program.metrics_address();
        let ask = || {
            send(program.address, b"PROXY TCP4 203.0.113.1 9.9.9.9 7 80\r\nGET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        };
        let mut held = ask();
        assert!(read_response(&mut held).unwrap().starts_with("HTTP/1.1 200 "));
        for _ in 0..7 {
            assert!(read_to_close(&mut ask()).starts_with("HTTP/1.1 429 "));
        }
        assert_eq!(metric(metrics, "bantam_refusals_total{reason=\"client_connection_limit\"}"), "7");
        program.signal("TERM");
        drop(held);
        let (code, _, err) = program.wait();
        assert_eq!(code, Some(0), "{err}");
        // The access log has each of them; the operator is told a few times.
        assert_eq!(err.matches(" 429 ").count(), 7, "{err}");
        assert_eq!(err.matches("203.0.113.1:7: this client's limit of connections is reached").count(), 5, "{err}");
    }

    fn requests_beyond_the_rate_are_429_and_the_last_request_of_a_connection_closes_it(mode) {
        let program = Program::start_in(mode, &["--rate-limit", "1/h:2", "--max-requests", "4", "--timeout-connection", "600"]);
        let mut client = connect(program.address);
        for (number, status) in [(1, 200), (2, 200), (3, 429), (4, 429)] {
            client.write_all(&get("/robots.txt")).unwrap();
            let answer = read_response(&mut client).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            assert_eq!(answer.contains("Retry-After: 3600"), status == 429, "{answer}");
            assert_eq!(answer.contains("Connection: close"), number == 4, "{answer}");
        }
        assert_eq!(read_to_close(&mut client), "");
    }

    fn a_file_is_no_faster_than_its_rate_over_tls_too(mode) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), vec![b'x'; 64 << 10]).unwrap();
        for tls in [false, true] {
            let mut flags = vec!["--quiet", "--max-rate", "128k", "--root", dir.path().to_str().unwrap()];
            flags.extend(tls.then_some("--tls-self-signed"));
            let mut program = Program::start_in(mode, &flags);
            if tls {
                program.address = common::tls_bridge::bridge(program.address);
            }
            let begun = Instant::now();
            let answer = read_response(&mut send(program.address, &get("/file"))).unwrap();
            assert!(answer.ends_with(&"x".repeat(64 << 10)));
            assert!(begun.elapsed() >= Duration::from_millis(250), "{tls}: {:?}", begun.elapsed());
        }
    }
    }
}
