//! Connections: keep-alive, pipelining, deadlines, panics and limits.
//!
//! Invariant: a panic, a stall or a flood on one connection does not affect another.

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bantam_std::Mode;
use common::{connect, get, latch, long_deadlines, read_response, read_to_close, send, send_in_time, start};

in_every_mode! {
fn a_connection_is_kept_from_request_to_request(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    let mut client = connect(address);
    for _ in 0..3 {
        client.write_all(&get("/hello")).unwrap();
        let text = read_response(&mut client).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nDate: ") && text.ends_with("\r\n\r\nhello"), "{text}");
    }
}

fn a_connection_of_http_1_0_is_kept_behind_a_page_that_states_no_length(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    let mut client = connect(address);
    for _ in 0..3 {
        client.write_all(b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").unwrap();
        let text = read_response(&mut client).unwrap();
        assert!(text.contains("\r\nContent-Length: 7\r\nConnection: keep-alive\r\n\r\none two"), "{text}");
    }
    client.write_all(b"POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab").unwrap();
    let text = read_to_close(&mut client);
    assert!(text.ends_with("\r\nConnection: close\r\n\r\nab"), "what is streamed ends with the close: {text}");
}

fn pipelined_requests_are_answered_in_order(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    let requests = [get("/hello"), get("/missing"), get("/hello"), b"BAD\r\n".to_vec(), get("/hello")];
    let text = read_to_close(&mut send(address, &requests.concat()));
    let statuses: Vec<_> = text.split("HTTP/1.1 ").skip(1).map(|response| &response[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200", "400"], "{text}");
}

fn a_page_that_panics_costs_its_own_connection_a_500(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).workers(1));
    let text = read_to_close(&mut send(address, &[get("/hello"), get("/panic"), get("/hello")].concat()));
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert!(text.contains("hello") && text.matches("HTTP/1.1 ").count() == 2, "{text}");
    assert!(text.contains("HTTP/1.1 500 Internal Server Error\r\n"), "{text}");
    let text = read_response(&mut send(address, &get("/hello"))).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 "), "the worker goes on: {text}");
}

fn a_page_that_panics_in_its_body_is_cut_off_and_never_padded(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    let text = read_to_close(&mut send(address, &get("/panic-late")));
    assert!(text.ends_with("Content-Length: 10\r\n\r\n12345"), "{text}");
}

fn a_head_may_be_as_long_as_the_server_allows_and_no_longer(mode) {
    let head = |length: usize| {
        let empty = "GET /hello HTTP/1.1\r\nHost: a\r\nCookie: \r\n\r\n".len();
        format!("GET /hello HTTP/1.1\r\nHost: a\r\nCookie: {}\r\n\r\n", "c".repeat(length - empty)).into_bytes()
    };
    for (limit, longest) in [(None, 8176), (Some(0), 512), (Some(32 << 10), 32 << 10), (Some(usize::MAX), 64 << 10)] {
        let (_server, address) = start(mode, latch(), |server| match limit {
            Some(limit) => server.max_head(limit),
            None => server,
        });
        let mut client = send(address, &head(longest));
        assert!(read_response(&mut client).unwrap().ends_with("hello"), "{longest}");
        client.write_all(&head(longest)).unwrap();
        assert!(read_response(&mut client).unwrap().ends_with("hello"), "{longest} in the same buffer");
        let mut client = send(address, &head(longest + 1));
        assert!(read_response(&mut client).unwrap().starts_with("HTTP/1.1 431 "), "{longest} + 1");
    }
}

fn an_idle_connection_is_closed_without_a_response(mode) {
    let deadlines = long_deadlines().idle(Duration::from_millis(50));
    let (_server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    assert_eq!(read_to_close(&mut connect(address)), "");
}

fn a_head_or_a_body_that_stalls_is_answered_408(mode) {
    let soon = Duration::from_millis(50);
    for (deadlines, request) in [
        (long_deadlines().head(soon), "GET / HTTP/1.1\r\nHost:"),
        (
            long_deadlines().body_progress(soon),
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        ),
        (
            long_deadlines().body_total(soon),
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        ),
    ] {
        let (_server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
        let text = read_to_close(&mut send(address, request.as_bytes()));
        assert!(text.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{text}");
    }
}

fn a_body_that_is_always_ahead_of_its_page_has_an_end(mode) {
    let deadlines = long_deadlines().body_total(Duration::from_millis(200));
    let (_server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    let request = b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000000\r\n\r\n";
    let mut client = send(address, request);
    let mut writer = client.try_clone().unwrap();
    let writing = std::thread::spawn(move || while writer.write_all(&[b'x'; 65_536]).is_ok() {});
    let mut status = [0; 13];
    client.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 408 ");
    // The server may have closed it already.
    let _ = client.shutdown(Shutdown::Both);
    writing.join().unwrap();
}

fn deadlines_of_any_length_serve(mode) {
    let limits = [
        Duration::from_millis(1 << 32),
        Duration::from_micros(u64::MAX),
        Duration::from_millis(u64::MAX),
        Duration::from_secs(i64::MAX as u64 - 1),
        Duration::from_secs(u64::MAX),
        Duration::MAX,
    ];
    for limit in limits {
        let deadlines = long_deadlines().idle(limit).head(limit).response(limit).close(limit);
        let deadlines = deadlines.body_progress(limit).body_total(limit);
        let latch = latch();
        let (server, address) = start(mode, latch, |server| server.deadlines(deadlines));
        let mut client = connect(address);
        let request = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
        // Each wait begins before the next bytes are sent.
        for part in [&get("/latch")[..], &request[..10], &request[10..70], &request[70..]] {
            client.write_all(part).unwrap();
            std::thread::sleep(Duration::from_millis(5));
            latch.open();
        }
        assert!(read_to_close(&mut client).ends_with("hello\r\n0\r\n\r\n"));
        drop(client);
        let (idle, handle) = (connect(address), server.handle());
        common::wait_until(|| handle.connections().open == 1);
        handle.shutdown(limit);
        assert_eq!((server.wait(), handle.worker_panics()), (0, 0));
        drop(idle);
    }
}

fn a_client_that_does_not_read_is_dropped(mode) {
    let deadlines = long_deadlines().response(Duration::from_millis(50));
    let (server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    let client = send(address, &get("/flood"));
    // This client does not read: the shutdown aborts no connection only if the deadline has closed it.
    let stop = server.handle();
    stop.shutdown(common::TIMEOUT);
    assert_eq!(server.wait(), 0);
    drop(client);
}

fn a_response_survives_a_client_that_sends_more_than_is_read(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    let mut client = connect(address);
    client.write_all(b"BAD\r\n").unwrap();
    // Bytes that arrive after the refusal must not cause a reset that discards the response.
    let _ = client.write_all(&[b'x'; 30_000]);
    let _ = client.shutdown(Shutdown::Write);
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
}
}

#[test]
fn connections_beyond_the_workers_wait_and_those_beyond_the_limit_get_503() {
    let latch = latch();
    let (_server, address) = start(Mode::Threads, latch, |server| {
        server.deadlines(long_deadlines()).workers(2).max_connections(3)
    });
    let mut served: Vec<_> = (0..2).map(|_| send(address, &get("/latch"))).collect();
    latch.wait_for(2);
    let mut waiting = send(address, &get("/hello"));
    // Three are open: the next one is rejected, and the one that waits is still served.
    let refused = read_to_close(&mut send(address, &get("/hello")));
    assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\nDate: "), "{refused}");
    assert!(refused.contains("\r\nConnection: close\r\n"), "{refused}");
    latch.open();
    for client in &mut served {
        assert!(read_response(client).unwrap().ends_with("through"));
    }
    assert!(read_response(&mut waiting).unwrap().ends_with("hello"));
}

#[test]
fn a_connection_that_waits_for_a_thread_for_too_long_gets_503() {
    let (latch, soon) = (latch(), Duration::from_millis(600));
    let deadlines = long_deadlines().idle(soon).head(soon);
    let (server, address) = start(Mode::Threads, latch, |server| server.deadlines(deadlines).workers(1));
    let mut served = send_in_time(address, soon, &get("/latch"));
    latch.wait_for(1);
    for _ in 0..3 {
        let text = read_to_close(&mut send_in_time(address, soon, &get("/hello")));
        assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{text}");
    }
    common::wait_until(|| server.handle().connections().open == 1);
    latch.open();
    assert!(read_response(&mut served).unwrap().ends_with("through"));
}

#[test]
fn an_idle_connection_is_closed_for_one_that_waits_for_a_thread() {
    let (_server, address) =
        start(Mode::Threads, latch(), |server| server.deadlines(long_deadlines()).workers(1));
    let mut idle = send(address, &get("/hello"));
    read_response(&mut idle).unwrap();
    assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    assert_eq!(read_to_close(&mut idle), "");
}

#[test]
fn an_event_loop_rejects_connections_beyond_the_limit_with_503() {
    let latch = latch();
    let (_server, address) = start(Mode::EventLoop, latch, |server| {
        server.deadlines(long_deadlines()).workers(2).max_connections(3)
    });
    let mut served: Vec<_> = (0..3).map(|_| send(address, &get("/latch"))).collect();
    latch.wait_for(3);
    for _ in 0..8 {
        let refused = read_to_close(&mut send(address, &get("/hello")));
        assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\nDate: "), "{refused}");
    }
    latch.open();
    for client in &mut served {
        assert!(read_response(client).unwrap().ends_with("through"));
    }
    // A closed connection makes room for another.
    drop(served);
    common::wait_until(|| {
        read_to_close(&mut send(address, b"GET /hello HTTP/1.0\r\n\r\n")).ends_with("hello")
    });
}
