//! WebSocket connections whose pages wait for something else, too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::{Started, read_until, reset};
use crate::common::{TIMEOUT, long_deadlines, read_to_close, send};

fn open(address: SocketAddr, path: &str) -> TcpStream {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let mut client = send(address, request.as_bytes());
    assert!(read_until(&mut client, b"\r\n\r\n").starts_with("HTTP/1.1 101 "));
    client
}

/// A text frame of a client, masked with zeros.
fn text(data: &[u8]) -> Vec<u8> {
    [&[0x81, 0x80 | data.len() as u8, 0, 0, 0, 0], data].concat()
}

fn expect(client: &mut TcpStream, frame: &[u8]) {
    let mut bytes = vec![0; frame.len()];
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, frame);
}

in_every_mode! {
fn a_page_that_receives_and_waits_at_once_misses_neither(mode) {
    let started = Started::new(mode, |server| server);
    let mut clients = [(); 3].map(|()| open(started.address, "/chat"));
    for number in 1..=3_u8 {
        started.wait_for(3);
        for client in &mut clients {
            client.write_all(&text(b"hello")).unwrap();
            expect(client, b"\x81\x05hello");
        }
        started.wait_for(3);
        started.topic.publish();
        for client in &mut clients {
            expect(client, &[0x81, 1, b'0' + number]);
        }
    }
    // A frame in two parts, and what is published between them.
    let [mut first, second, third] = clients;
    started.wait_for(3);
    let halves = text(b"halves");
    first.write_all(&halves[..7]).unwrap();
    started.topic.publish();
    first.write_all(&halves[7..]).unwrap();
    let mut received = String::new();
    while received.len() < "halves4".len() {
        let (mut header, mut payload) = ([0; 2], [0; 8]);
        first.read_exact(&mut header).unwrap();
        let payload = &mut payload[..header[1].into()];
        first.read_exact(payload).unwrap();
        received.push_str(std::str::from_utf8(payload).unwrap());
    }
    assert!(received.contains('4') && received.replace('4', "") == "halves", "{received}");
    drop((first, second));
    reset(third);
    started.wait_for_none();
}

fn a_server_that_stops_says_goodbye_to_those_who_answer_and_to_those_who_do_not(mode) {
    let started = Started::new(mode, |server| server);
    let [mut answers, mut silent] = [(); 2].map(|()| open(started.address, "/chat"));
    started.wait_for(2);
    started.server.handle().shutdown(TIMEOUT);
    let goodbye = b"\x88\x02\x03\xe9";
    expect(&mut answers, goodbye);
    expect(&mut silent, goodbye);
    answers.write_all(b"\x88\x82\x00\x00\x00\x00\x03\xe9").unwrap();
    assert_eq!(read_to_close(&mut answers), "");
    assert_eq!(read_to_close(&mut silent), "", "at the deadline of a close");
    started.wait_for_none();
    assert_eq!(started.server.wait(), 0);
}

fn a_peer_that_does_not_read_ends_its_connection_at_the_deadline_of_a_write(mode) {
    let started = Started::new(mode, |server| {
        server.deadlines(long_deadlines().response(Duration::from_millis(300)))
    });
    let mut client = open(started.address, "/flood");
    // It has begun to write.
    client.read_exact(&mut [0]).unwrap();
    started.wait_for_none();
    drop(client);
}
}
