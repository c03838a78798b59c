//! Law: a stop loses nothing that has begun, and waits for nothing that has not.

#[macro_use]
mod common;

use std::io::Write;
use std::time::Duration;

use common::{PATIENCE, answer, connect, gate, get, patient, rest, send, start};

in_every_mode! {
fn a_stop_closes_idle_connections_at_once_and_finishes_what_has_begun(mode) {
    let gate = gate();
    let (server, address) = start(mode, gate, |server| server.deadlines(patient()));
    let mut fresh = connect(address);
    let mut kept = send(address, &get("/hello"));
    answer(&mut kept).unwrap();
    let mut begun = send(address, &get("/gate"));
    gate.wait_for(1);

    server.handle().shutdown(PATIENCE);
    assert_eq!(rest(&mut kept), "", "idle between requests");
    assert_eq!(rest(&mut fresh), "", "idle from the start");

    gate.open();
    let text = rest(&mut begun);
    assert!(text.contains("\r\nConnection: close\r\n") && text.ends_with("through"), "{text}");
    assert_eq!(server.wait(), 0);
    assert!(std::net::TcpStream::connect(address).is_err(), "nobody listens any more");
}

fn a_request_that_waits_for_a_thread_is_answered_before_the_end(mode) {
    let gate = gate();
    let (server, address) = start(mode, gate, |server| server.deadlines(patient()).workers(1));
    let mut first = send(address, &get("/gate"));
    gate.wait_for(1);
    let mut waiting = send(address, &get("/hello"));
    server.handle().shutdown(PATIENCE);
    gate.open();
    assert!(rest(&mut first).ends_with("through"));
    assert!(rest(&mut waiting).ends_with("hello"));
    assert_eq!(server.wait(), 0);
}

fn a_stop_has_an_end(mode) {
    let gate = gate();
    let (server, address) = start(mode, gate, |server| server.deadlines(patient()));
    let mut stuck = send(address, &get("/gate"));
    gate.wait_for(1);
    server.handle().shutdown(Duration::from_millis(20));
    assert_eq!(server.wait(), 1, "one is cut off");
    assert_eq!(rest(&mut stuck), "");
    gate.open();
}

fn a_request_half_sent_may_be_finished(mode) {
    let (server, address) = start(mode, gate(), |server| server.deadlines(patient()));
    // The half comes in one segment with a whole request: once that is answered, the half has been read.
    let mut client = send(address, &[&get("/hello"), &get("/hello")[..10]].concat());
    answer(&mut client).unwrap();
    server.handle().shutdown(PATIENCE);
    client.write_all(&get("/hello")[10..]).unwrap();
    assert!(rest(&mut client).ends_with("hello"));
    assert_eq!(server.wait(), 0);
}
}
