//! Law: what one connection does is its own affair: its panic, its silence and its greed cost the others nothing.

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bantam_std::Mode;
use common::{answer, connect, gate, get, patient, rest, send, start};

in_every_mode! {
fn a_connection_is_kept_from_request_to_request(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()));
    let mut client = connect(address);
    for _ in 0..3 {
        client.write_all(&get("/hello")).unwrap();
        let text = answer(&mut client).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nDate: ") && text.ends_with("\r\n\r\nhello"), "{text}");
    }
}

fn pipelined_requests_are_answered_in_order(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()));
    let mut client = send(address, &[get("/hello"), get("/missing"), get("/hello")].concat());
    let text = rest(&mut client);
    let statuses: Vec<_> =
        text.matches("HTTP/1.1 ").zip(text.split("HTTP/1.1 ").skip(1)).map(|s| &s.1[..3]).collect();
    assert_eq!(statuses, ["200", "404"], "the refused one is the last");
}

fn a_page_that_panics_costs_its_own_connection_a_500(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()).workers(1));
    let text = rest(&mut send(address, &[get("/hello"), get("/panic"), get("/hello")].concat()));
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert!(text.contains("hello") && text.matches("HTTP/1.1 ").count() == 2, "{text}");
    assert!(text.contains("HTTP/1.1 500 Internal Server Error\r\n"), "{text}");
    let text = answer(&mut send(address, &get("/hello"))).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 "), "whoever serves lives on: {text}");
}

fn a_page_that_panics_in_the_middle_is_cut_off_and_never_padded(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()));
    let text = rest(&mut send(address, &get("/panic-late")));
    assert!(text.ends_with("Content-Length: 10\r\n\r\n12345"), "{text}");
}

fn a_connection_that_stays_silent_is_closed_without_a_word(mode) {
    let deadlines = patient().idle(Duration::from_millis(50));
    let (_server, address) = start(mode, gate(), |server| server.deadlines(deadlines));
    assert_eq!(rest(&mut connect(address)), "");
}

fn a_head_or_a_body_that_stalls_is_answered_408(mode) {
    let soon = Duration::from_millis(50);
    for (deadlines, request) in [
        (patient().head(soon), "GET / HTTP/1.1\r\nHost:"),
        (
            patient().body_progress(soon),
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        ),
        (
            patient().body_total(soon),
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        ),
    ] {
        let (_server, address) = start(mode, gate(), |server| server.deadlines(deadlines));
        let text = rest(&mut send(address, request.as_bytes()));
        assert!(text.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{text}");
    }
}

fn a_client_that_does_not_read_is_dropped(mode) {
    let deadlines = patient().response(Duration::from_millis(50));
    let (server, address) = start(mode, gate(), |server| server.deadlines(deadlines));
    let client = send(address, &get("/flood"));
    // Nobody reads here; the server has to give up by itself before it can stop without cutting anybody off.
    let stop = server.handle();
    stop.shutdown(common::PATIENCE);
    assert_eq!(server.wait(), 0);
    drop(client);
}

fn an_answer_survives_a_client_that_sends_more_than_is_read(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()));
    let mut client = connect(address);
    client.write_all(b"BAD\r\n").unwrap();
    // The server has refused by now or will; what follows must not turn the answer into a reset.
    let _ = client.write_all(&[b'x'; 30_000]);
    let _ = client.shutdown(Shutdown::Write);
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
}
}

#[test]
fn connections_beyond_the_workers_wait_and_those_beyond_the_limit_get_503() {
    let gate = gate();
    let (_server, address) =
        start(Mode::Threads, gate, |server| server.deadlines(patient()).workers(2).max_connections(3));
    let mut served: Vec<_> = (0..2).map(|_| send(address, &get("/gate"))).collect();
    gate.wait_for(2);
    let mut waiting = send(address, &get("/hello"));
    // Three are in the house; whoever comes now is refused, and the one that waits is still served.
    let refused = rest(&mut send(address, &get("/hello")));
    assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\nDate: "), "{refused}");
    assert!(refused.contains("\r\nConnection: close\r\n"), "{refused}");
    gate.open();
    for client in &mut served {
        assert!(answer(client).unwrap().ends_with("through"));
    }
    assert!(answer(&mut waiting).unwrap().ends_with("hello"));
}

#[test]
fn a_silent_connection_gives_its_thread_to_one_that_waits() {
    let (_server, address) = start(Mode::Threads, gate(), |server| server.deadlines(patient()).workers(1));
    let mut silent = send(address, &get("/hello"));
    answer(&mut silent).unwrap();
    assert!(answer(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    assert_eq!(rest(&mut silent), "");
}

#[test]
fn a_loop_lets_in_as_many_as_it_may_and_refuses_the_others() {
    let gate = gate();
    let (_server, address) =
        start(Mode::EventLoop, gate, |server| server.deadlines(patient()).workers(2).max_connections(3));
    let mut served: Vec<_> = (0..3).map(|_| send(address, &get("/gate"))).collect();
    gate.wait_for(3);
    for _ in 0..8 {
        let refused = rest(&mut send(address, &get("/hello")));
        assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\nDate: "), "{refused}");
    }
    gate.open();
    for client in &mut served {
        assert!(answer(client).unwrap().ends_with("through"));
    }
    // Whoever leaves makes room for another.
    drop(served);
    common::until(|| rest(&mut send(address, b"GET /hello HTTP/1.0\r\n\r\n")).ends_with("hello"));
}
