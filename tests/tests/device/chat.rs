//! The chat and the live page of the board.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::board::{Board, read_until};

fn open(board: &Board) -> TcpStream {
    let mut client = TcpStream::connect(board.address).expect("connected");
    client.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let upgrade = "GET /api/chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.write_all(upgrade.as_bytes()).expect("sent");
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).expect("received");
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    client
}

fn say(mut client: &TcpStream, text: &str) {
    let header = [0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    client.write_all(&[&header, text.as_bytes()].concat()).expect("sent");
}

fn hear(mut client: &TcpStream) -> String {
    let mut header = [0; 2];
    client.read_exact(&mut header).expect("received");
    assert_eq!(header[0], 0x81);
    let mut data = vec![0; header[1].into()];
    client.read_exact(&mut data).expect("received");
    String::from_utf8(data).expect("UTF-8")
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn the_board_lets_three_clients_chat_and_serves_events_beside_them() {
    let board = Board::boot("site");
    let clients = [(); 3].map(|()| open(&board));
    let mut live = TcpStream::connect(board.address).expect("connected");
    live.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    live.write_all(b"GET /api/live HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 6\r\n\r\n").expect("sent");
    let event = read_until(&mut live, "}\n\n");
    assert!(
        event.contains(
            "id: 7\nretry: 1000\ndata: {\"rate\":0,\"requests\":4,\"streams\":1,\"chatters\":3,\"memory\":"
        ),
        "{event}"
    );
    for round in 0..10 {
        for (number, speaker) in clients.iter().enumerate() {
            let text = format!("client {number}\nround {round} \u{1f413}");
            say(speaker, &text);
            for client in &clients {
                assert_eq!(hear(client), text);
            }
        }
    }
    drop((clients, live));
    // Their places and slots are free again.
    let late = open(&board);
    assert_eq!(hear(&late), "client 2\nround 4 \u{1f413}", "the sixteenth from the end");
    assert!(board.request("GET /chat").contains("role=\"log\""));
}
