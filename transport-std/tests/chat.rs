//! The chat of the site over real sockets, in every mode, and what `/live` says of it.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use bantam_std::{Mode, RunningServer, Server};
use bantam_www::Www;
use common::{TIMEOUT, long_deadlines, send, wait_until};

fn start(mode: Mode) -> (RunningServer, SocketAddr) {
    let server = Server::new().mode(mode).deadlines(long_deadlines()).workers(4);
    let server = server.bind("127.0.0.1:0").unwrap().start(Www::new()).unwrap();
    let address = server.local_addrs()[0];
    (server, address)
}

fn open(address: SocketAddr) -> TcpStream {
    let mut client = send(
        address,
        b"GET /api/chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    assert!(head(&mut client).starts_with("HTTP/1.1 101 "));
    client
}

/// Reads a head and no byte more.
fn head(client: &mut TcpStream) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

/// A text frame of a client, masked with zeros.
fn text(data: &str) -> Vec<u8> {
    [&[0x81, 0x80 | data.len() as u8, 0, 0, 0, 0], data.as_bytes()].concat()
}

/// Reads a frame: its first byte and its data.
fn read(client: &mut impl Read) -> (u8, Vec<u8>) {
    let mut header = [0; 2];
    client.read_exact(&mut header).unwrap();
    let mut data = vec![0; header[1].into()];
    client.read_exact(&mut data).unwrap();
    (header[0], data)
}

fn read_text(client: &mut impl Read) -> String {
    let (first, data) = read(client);
    assert_eq!(first, 0x81, "{data:?}");
    String::from_utf8(data).unwrap()
}

/// The first event of `/api/live`.
fn live(address: SocketAddr) -> String {
    let mut client = send(address, b"GET /api/live HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut text = String::new();
    while !text.contains("}\n\n") {
        let mut memory = [0; 512];
        let count = client.read(&mut memory).unwrap();
        assert_ne!(count, 0, "{text}");
        text.push_str(std::str::from_utf8(&memory[..count]).unwrap());
    }
    text
}

/// Waits until so many clients have a place: a client is answered before its page has taken one.
fn wait_for_chatters(address: SocketAddr, count: usize) {
    wait_until(|| live(address).contains(&format!("\"chatters\":{count}}}")));
}

in_every_mode! {
fn three_clients_get_all_messages_in_one_order(mode) {
    const EACH: usize = 40;
    let (server, address) = start(mode);
    let clients = [(); 3].map(|()| open(address));
    wait_for_chatters(address, 3);
    let sequences = std::thread::scope(|scope| {
        let tasks = clients.each_ref().map(|client| {
            let number = client.local_addr().unwrap().port();
            scope.spawn(move || {
                let (mut reader, mut writer) = (client, client);
                let mut seen = Vec::new();
                for at in 0..EACH {
                    writer.write_all(&text(&format!("{number}\n{at}"))).unwrap();
                    // A round ends when every client has read it, so that none is more than five messages behind: none misses one.
                    while seen.len() < 3 * (at + 1) {
                        seen.push(read_text(&mut reader));
                    }
                }
                seen
            })
        });
        tasks.map(|task| task.join().unwrap())
    });
    let expected = |client: &TcpStream| {
        let number = client.local_addr().unwrap().port();
        (0..EACH).map(|at| format!("{number}\n{at}")).collect::<Vec<_>>()
    };
    for client in &clients {
        let number = client.local_addr().unwrap().port().to_string();
        let own: Vec<_> = sequences[0].iter().filter(|text| text.starts_with(&number)).cloned().collect();
        assert_eq!(own, expected(client));
    }
    assert!(sequences[0] == sequences[1] && sequences[1] == sequences[2]);

    // The streams that have waited for the chatters end when the server notices that their clients are gone.
    wait_until(|| live(address).contains("\"streams\":1,\"chatters\":3}"));
    server.handle().shutdown(TIMEOUT);
    for mut client in clients {
        assert_eq!(read(&mut client), (0x88, vec![3, 233]), "1001");
        client.write_all(b"\x88\x82\x00\x00\x00\x00\x03\xe9").unwrap();
    }
    assert_eq!(server.wait(), 0);
}

fn a_reader_that_is_slow_is_told_what_it_has_missed_and_holds_nobody_up(mode) {
    let (_server, address) = start(mode);
    let (mut slow, talker) = (open(address), open(address));
    wait_for_chatters(address, 2);
    let long = "x".repeat(100);
    let total = 100_000;
    std::thread::scope(|scope| {
        let mut writer = &talker;
        scope.spawn(move || {
            let frames: Vec<u8> = (0..total).flat_map(|at| text(&format!("a\n{at} {long}"))).collect();
            writer.write_all(&frames).unwrap();
            writer.write_all(&text("a\nlast")).unwrap();
        });
        // The talker is not waited for by its own messages either.
        assert_eq!(count(&mut &talker).0, total);
    });
    let (all, missed) = count(&mut slow);
    assert!(all == total && missed > 0, "{all} {missed}");
}
}

/// Reads up to the last message: how many there were before it, and how many of them were missed.
fn count(client: &mut impl Read) -> (usize, usize) {
    let mut client = std::io::BufReader::new(client);
    let (mut read, mut missed, mut next) = (0, 0, 0);
    loop {
        let text = read_text(&mut client);
        let (name, text) = text.split_once('\n').unwrap();
        if text == "last" {
            return (read + missed, missed);
        }
        let number: usize =
            text.split(' ').nth(if name.is_empty() { 3 } else { 0 }).unwrap().parse().unwrap();
        if name.is_empty() {
            missed += number;
            next += number;
        } else {
            assert_eq!(number, next, "in order, and what is missing was said");
            read += 1;
            next += 1;
        }
    }
}

#[test]
fn a_chat_that_is_full_closes_with_1013_and_has_a_place_again_when_a_client_leaves() {
    let (_server, address) = start(Mode::EventLoop);
    let mut clients: Vec<TcpStream> = (0..256).map(|_| open(address)).collect();
    wait_for_chatters(address, 256);
    let mut refused = open(address);
    let (first, data) = read(&mut refused);
    assert_eq!((first, &data[..2]), (0x88, &1013_u16.to_be_bytes()[..]));
    clients.pop();
    wait_for_chatters(address, 255);
    let mut again = open(address);
    again.write_all(&text("a\nb")).unwrap();
    assert_eq!(read_text(&mut again), "a\nb");
}
