//! Connections: keep-alive, pipelining, deadlines, panics and limits.
//!
//! Invariant: a panic, a stall or a flood on one connection does not affect another.

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bantam_std::Mode;
use common::{connect, get, latch, long_deadlines, read_response, read_to_close, send, start};

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
