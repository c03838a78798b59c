//! The memory of WebSocket connections that compress, as the documentation of `bantam_std::websocket` states it. A process of its own: the
//! memory of other tests would be counted.

#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bantam::wire::DeflateOptions;
use bantam::{Connection, RequestDetails, Site, WebSocketOptions};
use bantam_std::Server;

const CONNECTIONS: usize = 100;
/// The memory of a page for a connection.
const MEMORY: usize = 4096;
/// The bytes of a message, more than a window holds.
const LENGTH: usize = 48_000;

/// Sends every piece back as a message. The path is what is wished: `/forget` for no context takeover, `/9` for a window of 9 bits.
struct Echo;

impl Site for Echo {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; MEMORY];
        let mut deflate = DeflateOptions::DEFAULT;
        deflate.server_no_context_takeover = details.uri.path == "/forget";
        deflate.client_no_context_takeover = details.uri.path == "/forget";
        if details.uri.path == "/9" {
            deflate.server_max_window_bits = 9;
        }
        let options = WebSocketOptions::DEFAULT;
        let socket = bantam_std::websocket(details, &mut memory, &options, &deflate).await?;
        let Some(mut socket) = socket else { return Ok(()) };
        let mut message = Vec::new();
        while let Ok(Some(piece)) = socket.recv().await {
            let (opcode, is_last) = (piece.opcode, piece.is_last);
            message.extend_from_slice(piece.data);
            if is_last && socket.send(opcode, true, &std::mem::take(&mut message)).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// A message of stored blocks, which fills the windows of both sides.
fn frame(is_compressed: bool) -> Vec<u8> {
    let noise = std::iter::successors(Some(1_u32), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    let data: Vec<u8> = noise.map(|number| (number >> 24) as u8).take(LENGTH).collect();
    let length = LENGTH as u16;
    let mut payload = vec![];
    if is_compressed {
        payload.push(0);
        payload.extend(length.to_le_bytes());
        payload.extend((!length).to_le_bytes());
    }
    payload.extend(data);
    if is_compressed {
        payload.push(0);
    }
    let mut frame = vec![if is_compressed { 0xc2 } else { 0x82 }, 0xfe];
    frame.extend((payload.len() as u16).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Opens a connection, and exchanges two messages on it.
fn converse(address: SocketAddr, path: &str) -> TcpStream {
    let extension = if path == "/plain" { "X: y" } else { "Sec-WebSocket-Extensions: permessage-deflate" };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{extension}\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let mut client = TcpStream::connect(address).expect("connected");
    client.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
    client.write_all(request.as_bytes()).expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).expect("a head");
        head.extend(byte);
    }
    for _ in 0..2 {
        client.write_all(&frame(path != "/plain")).expect("sent");
        let mut is_last = false;
        while !is_last {
            let mut start = [0; 4];
            client.read_exact(&mut start[..2]).expect("a frame");
            let length = match start[1] {
                126 => {
                    client.read_exact(&mut start[2..]).expect("a length");
                    usize::from(u16::from_be_bytes([start[2], start[3]]))
                }
                length => usize::from(length),
            };
            client.read_exact(&mut vec![0; length]).expect("a payload");
            is_last = start[0] & 0x80 != 0;
        }
    }
    client
}

/// The bytes that the process holds.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

/// The bytes that each of some connections holds between two messages.
fn each(path: &str) -> usize {
    let server =
        Server::new().workers(1).bind("127.0.0.1:0").expect("a free port").start(Echo).expect("started");
    // What a first connection holds is not each one's.
    let _first = converse(server.local_addrs()[0], path);
    let before = resident();
    let clients: Vec<_> = (0..CONNECTIONS).map(|_| converse(server.local_addrs()[0], path)).collect();
    let each = resident().saturating_sub(before) / clients.len();
    println!("{path}: {each} bytes");
    each
}

#[test]
fn a_connection_holds_what_the_documentation_says() {
    // Memory is given to the next server where it can be: the smallest comes first.
    let plain = each("/plain");
    let forgetful = each("/forget").saturating_sub(plain);
    let small = each("/9").saturating_sub(plain);
    let whole = each("/whole").saturating_sub(plain);
    // A part of a message that has come, and what an allocation is rounded up to.
    let more = MEMORY / 2 + 4_096;
    assert!(forgetful < 8_000, "{forgetful}");
    assert!(small < 162_000 + 41_000 + more, "{small}");
    assert!((200_000..291_000 + 41_000 + more).contains(&whole), "{whole}");
}
