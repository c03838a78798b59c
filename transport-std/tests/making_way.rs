//! At the limit of connections: idle connections make way, and those with a request do not.

#[macro_use]
mod common;

use std::io::Read as _;
use std::net::TcpStream;

use bantam_std::{ConnectionCounts, Mode, RunningServer};
use common::{
    connect, get, latch, long_deadlines, read_response, read_to_close, send, start, unless_held_up,
    wait_until,
};

/// Connections that the server has admitted.
const LIMIT: usize = 4;

fn workers(mode: Mode) -> usize {
    if mode == Mode::Threads { 2 * LIMIT } else { 1 }
}

/// A client with an answer, whose connection the server keeps. With [`Mode::Threads`] the thread of a connection counts it out, and the
/// machine may hold that thread up for longer than the next client is let wait: that gets 503, and comes again when there is a place.
fn keep(server: &RunningServer, mode: Mode) -> TcpStream {
    unless_held_up(|| {
        let mut client = send(server.local_addrs()[0], &get("/hello"));
        let answer = read_response(&mut client).expect("an answer");
        if mode == Mode::Threads && answer.starts_with("HTTP/1.1 503 ") {
            wait_until(|| server.handle().connections().open < LIMIT);
            return None;
        }
        assert!(answer.ends_with("hello"), "{answer}");
        Some(client)
    })
}

fn is_open(client: &mut TcpStream) -> bool {
    client.set_nonblocking(true).expect("a socket");
    let is_open = client.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    client.set_nonblocking(false).expect("a socket");
    is_open
}

in_every_mode! {
fn the_connection_that_has_been_idle_longest_makes_way(mode) {
    let (server, _) = start(mode, latch(), |server| {
        server.deadlines(long_deadlines()).workers(workers(mode)).max_connections(LIMIT)
    });
    let all_idle = || wait_until(|| server.handle().connections().active == 0);
    let mut kept = Vec::new();
    for _ in 0..LIMIT {
        kept.push(keep(&server, mode));
        all_idle();
        // The order of the waits is known by the millisecond.
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    for number in 0..LIMIT {
        let client = keep(&server, mode);
        all_idle();
        assert_eq!(read_to_close(&mut kept[number]), "", "the oldest one is closed");
        assert!(kept[number + 1..].iter_mut().all(is_open), "the others are not");
        kept.push(client);
    }
    assert!(server.handle().connections().open <= LIMIT);
    keep(&server, mode);
}

fn silent_connections_do_not_keep_others_out(mode) {
    let (server, address) = start(mode, latch(), |server| {
        server.deadlines(long_deadlines()).workers(workers(mode)).max_connections(LIMIT)
    });
    let _silent: Vec<_> = (0..LIMIT).map(|_| connect(address)).collect();
    wait_until(|| server.handle().connections() == idle(LIMIT));
    for _ in 0..3 * LIMIT {
        keep(&server, mode);
    }
}

fn a_connection_with_a_request_does_not_make_way(mode) {
    let latch = latch();
    let (_server, address) = start(mode, latch, |server| {
        server.deadlines(long_deadlines()).workers(workers(mode)).max_connections(LIMIT)
    });
    let mut busy: Vec<_> = (0..LIMIT).map(|_| send(address, &get("/latch"))).collect();
    latch.wait_for(LIMIT);
    assert!(read_to_close(&mut send(address, &get("/hello"))).starts_with("HTTP/1.1 503 "));
    latch.open();
    for client in &mut busy {
        assert!(read_response(client).unwrap().ends_with("through"));
    }
}
}

fn idle(open: usize) -> ConnectionCounts {
    ConnectionCounts { open, ..ConnectionCounts::default() }
}
