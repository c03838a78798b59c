//! Fairness among the connections of one worker, and wakers of other threads.

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::time::Duration;

use bantam_std::Mode;
use common::{get, latch, long_deadlines, read_response, read_to_close, send, start};

/// One worker, but with [`Mode::Threads`], where it serves one connection at a time.
fn workers(mode: Mode) -> usize {
    if mode == Mode::Threads { 8 } else { 1 }
}

in_every_mode! {
fn a_client_that_pipelines_without_end_does_not_starve_another(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).workers(workers(mode)));
    let mut writer = send(address, &get("/hello"));
    let mut reader = writer.try_clone().unwrap();
    let writing = std::thread::spawn(move || while writer.write_all(&get("/hello").repeat(400)).is_ok() {});
    let other = reader.try_clone().unwrap();
    let reading = std::thread::spawn(move || {
        let mut memory = [0; 65_536];
        while reader.read(&mut memory).is_ok_and(|count| count > 0) {}
    });
    for _ in 0..50 {
        assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    }
    // Mode::Threads has closed it already, in favour of the others.
    let _ = other.shutdown(std::net::Shutdown::Both);
    writing.join().unwrap();
    reading.join().unwrap();
}

fn a_client_that_uploads_without_end_does_not_starve_another(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).workers(workers(mode)));
    let head = format!("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", u32::MAX);
    let mut upload = send(address, head.as_bytes());
    let other = upload.try_clone().unwrap();
    let writing = std::thread::spawn(move || while upload.write_all(&[b'x'; 100]).is_ok() {});
    for _ in 0..50 {
        assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    }
    other.shutdown(std::net::Shutdown::Both).unwrap();
    writing.join().unwrap();
}

fn a_page_that_sends_without_end_does_not_starve_another(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).workers(workers(mode)));
    let mut flood = send(address, &get("/flood"));
    let other = flood.try_clone().unwrap();
    let reading = std::thread::spawn(move || {
        let mut memory = [0; 65_536];
        while flood.read(&mut memory).is_ok_and(|count| count > 0) {}
    });
    for _ in 0..50 {
        assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    }
    // Mode::Threads has closed it already, in favour of the others.
    let _ = other.shutdown(std::net::Shutdown::Both);
    reading.join().unwrap();
}

fn a_waker_works_from_another_thread(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()).workers(workers(mode)));
    let mut client = send(address, &get("/thread").repeat(20));
    for _ in 0..20 {
        assert!(read_response(&mut client).unwrap().ends_with("from a thread"));
    }
}

fn a_pause_does_not_block_other_connections(mode) {
    let latch = latch();
    let (_server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()).workers(workers(mode)));
    let mut waiting: Vec<_> = (0..4).map(|_| send(address, &get("/latch"))).collect();
    latch.wait_for(4);
    assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    latch.open();
    for client in &mut waiting {
        assert!(read_response(client).unwrap().ends_with("through"));
    }
}

fn a_page_that_pauses_for_no_time_lets_others_go_on(mode) {
    let latch = latch();
    let (_server, address) = start(mode, latch, |server| server.deadlines(long_deadlines()).workers(workers(mode)));
    let mut spinning = send(address, &get("/spin"));
    latch.wait_for(1);
    assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    latch.open();
    assert!(read_response(&mut spinning).unwrap().ends_with("through"));
}

fn a_request_that_arrives_byte_by_byte_is_served(mode) {
    let (_server, address) = start(mode, latch(), |server| server.deadlines(long_deadlines()));
    let mut client = send(address, b"");
    client.set_nodelay(true).unwrap();
    for _ in 0..3 {
        for byte in get("/hello") {
            client.write_all(&[byte]).unwrap();
            std::thread::sleep(Duration::from_micros(200));
        }
        assert!(read_response(&mut client).unwrap().ends_with("hello"));
    }
}

/// The deadline of the close is longer than the test.
fn a_shutdown_does_not_wait_for_a_lingering_client(mode) {
    let deadlines = long_deadlines().close(Duration::from_secs(600));
    let (server, address) = start(mode, latch(), |server| server.deadlines(deadlines));
    let mut client = send(address, b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(read_to_close(&mut client).ends_with("hello"));
    server.handle().shutdown(common::TIMEOUT);
    assert_eq!(server.wait(), 0, "the client has not closed");
}
}
