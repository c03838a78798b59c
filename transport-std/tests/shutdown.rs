//! Graceful shutdown in every mode.
//!
//! Invariant: requests that have begun are finished within the grace period, and idle connections close at once.

#[macro_use]
mod common;

use std::io::Write;
use std::time::Duration;

use common::{TIMEOUT, connect, get, latch, long_deadlines, read_response, read_to_close, send, start};

in_every_mode! {
fn a_shutdown_closes_idle_connections_and_finishes_requests(mode) {
    let latch = latch();
    let (server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()));
    let mut fresh = connect(address);
    let mut kept = send(address, &get("/hello"));
    read_response(&mut kept).unwrap();
    let mut begun = send(address, &get("/latch"));
    latch.wait_for(1);

    server.handle().shutdown(TIMEOUT);
    assert_eq!(read_to_close(&mut kept), "", "idle between requests");
    assert_eq!(read_to_close(&mut fresh), "", "idle from the start");

    latch.open();
    let text = read_to_close(&mut begun);
    assert!(text.contains("\r\nConnection: close\r\n") && text.ends_with("through"), "{text}");
    assert_eq!(server.wait(), 0);
    assert!(std::net::TcpStream::connect(address).is_err(), "the listener is closed");
}

fn a_request_that_waits_for_a_thread_is_answered(mode) {
    let latch = latch();
    let (server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()).workers(1));
    let mut first = send(address, &get("/latch"));
    latch.wait_for(1);
    let mut waiting = send(address, &get("/hello"));
    server.handle().shutdown(TIMEOUT);
    latch.open();
    assert!(read_to_close(&mut first).ends_with("through"));
    assert!(read_to_close(&mut waiting).ends_with("hello"));
    assert_eq!(server.wait(), 0);
}

fn a_shutdown_aborts_connections_after_the_grace_period(mode) {
    let latch = latch();
    let (server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()));
    let mut stuck = send(address, &get("/latch"));
    latch.wait_for(1);
    server.handle().shutdown(Duration::from_millis(20));
    assert_eq!(server.wait(), 1, "one is aborted");
    assert_eq!(read_to_close(&mut stuck), "");
    latch.open();
}

fn a_page_that_blocks_its_thread_does_not_hold_up_the_stop(mode) {
    let latch = latch();
    let (server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()).workers(1));
    let stuck = send(address, &get("/block"));
    latch.wait_for(1);
    let handle = server.handle();
    handle.shutdown(Duration::from_millis(20));
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(server.wait()));
    assert_eq!(end.recv_timeout(TIMEOUT), Ok(1), "it is aborted by the end of the process");
    latch.open();
    drop(stuck);
    common::wait_until(|| handle.connections().open == 0);
}

fn a_partial_request_can_be_completed(mode) {
    let (server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    // One segment with a complete request: once that is answered, the partial one has been read.
    let mut client = send(address, &[&get("/hello"), &get("/hello")[..10]].concat());
    read_response(&mut client).unwrap();
    server.handle().shutdown(TIMEOUT);
    client.write_all(&get("/hello")[10..]).unwrap();
    assert!(read_to_close(&mut client).ends_with("hello"));
    assert_eq!(server.wait(), 0);
}
}
