//! Law: on a thread with many connections everybody has a turn, and a wait is not one.

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::time::Duration;

use bantam_std::Mode;
use common::{answer, gate, get, patient, rest, send, start};

/// One thread, where that is not one connection.
fn threads(mode: Mode) -> usize {
    if mode == Mode::Threads { 8 } else { 1 }
}

in_every_mode! {
fn a_client_who_asks_without_end_does_not_hold_up_another(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()).workers(threads(mode)));
    let mut asks = send(address, &get("/hello"));
    let mut hears = asks.try_clone().unwrap();
    let asking = std::thread::spawn(move || while asks.write_all(&get("/hello").repeat(400)).is_ok() {});
    let other = hears.try_clone().unwrap();
    let hearing = std::thread::spawn(move || {
        let mut memory = [0; 65_536];
        while hears.read(&mut memory).is_ok_and(|count| count > 0) {}
    });
    for _ in 0..50 {
        assert!(answer(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    }
    // With threads it has made way for the others by now.
    let _ = other.shutdown(std::net::Shutdown::Both);
    asking.join().unwrap();
    hearing.join().unwrap();
}

fn a_page_that_sends_without_end_does_not_hold_up_another(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()).workers(threads(mode)));
    let mut floods = send(address, &get("/flood"));
    let other = floods.try_clone().unwrap();
    let hearing = std::thread::spawn(move || {
        let mut memory = [0; 65_536];
        while floods.read(&mut memory).is_ok_and(|count| count > 0) {}
    });
    for _ in 0..50 {
        assert!(answer(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    }
    // With threads it has made way for the others by now.
    let _ = other.shutdown(std::net::Shutdown::Both);
    hearing.join().unwrap();
}

fn a_page_that_waits_for_a_thread_is_woken_by_it(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()).workers(threads(mode)));
    let mut client = send(address, &get("/thread").repeat(20));
    for _ in 0..20 {
        assert!(answer(&mut client).unwrap().ends_with("from a thread"));
    }
}

fn a_pause_holds_up_nobody(mode) {
    let gate = gate();
    let (_server, address) = start(mode, gate, |server| server.deadlines(patient()).workers(threads(mode)));
    let mut waiting: Vec<_> = (0..4).map(|_| send(address, &get("/gate"))).collect();
    gate.wait_for(4);
    assert!(answer(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    gate.open();
    for client in &mut waiting {
        assert!(answer(client).unwrap().ends_with("through"));
    }
}

fn a_request_that_comes_byte_by_byte_is_served(mode) {
    let (_server, address) = start(mode, gate(), |server| server.deadlines(patient()));
    let mut client = send(address, b"");
    client.set_nodelay(true).unwrap();
    for _ in 0..3 {
        for byte in get("/hello") {
            client.write_all(&[byte]).unwrap();
            std::thread::sleep(Duration::from_micros(200));
        }
        assert!(answer(&mut client).unwrap().ends_with("hello"));
    }
}

/// The deadline for the end is longer than the test's patience: to wait for it would fail.
fn a_client_who_has_said_his_last_word_is_not_waited_for(mode) {
    let deadlines = patient().close(Duration::from_secs(600));
    let (server, address) = start(mode, gate(), |server| server.deadlines(deadlines));
    let mut client = send(address, b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(rest(&mut client).ends_with("hello"));
    server.handle().shutdown(common::PATIENCE);
    assert_eq!(server.wait(), 0, "though the client has not closed");
}
}
