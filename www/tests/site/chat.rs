//! Tests of `/chat` and `/api/chat`, over a client that sends everything at once.

use bantam_www::Www;

use crate::pipe::{exchange_with, field, get, request, text};

const UPGRADE: &str = "GET /api/chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A frame of a client, masked with zeros.
fn frame(first: u8, data: &[u8]) -> Vec<u8> {
    assert!(data.len() <= 125);
    [&[first, 0x80 | data.len() as u8, 0, 0, 0, 0], data].concat()
}

/// What the client gets behind the answer to its handshake.
fn chat(site: &Www, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = vec![UPGRADE.as_bytes()];
    parts.extend(frames.iter().map(Vec::as_slice));
    let received = exchange_with(site, &parts).0.received;
    let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    assert!(text(&received[..end]).starts_with("HTTP/1.1 101 "), "{received:?}");
    received[end..].to_vec()
}

/// An end that a client asks for.
fn bye() -> Vec<u8> {
    frame(0x88, &1000_u16.to_be_bytes())
}

fn sent(data: &[u8]) -> Vec<u8> {
    [&[0x81, data.len() as u8], data].concat()
}

/// Returns the code and the reason of a close frame.
fn closed(frame: &[u8]) -> (u16, &str) {
    assert!(frame[0] == 0x88 && usize::from(frame[1]) == frame.len() - 2, "{frame:?}");
    (u16::from_be_bytes([frame[2], frame[3]]), std::str::from_utf8(&frame[4..]).expect("UTF-8"))
}

#[test]
fn the_page_is_a_client_of_the_chat() {
    let page = get("/chat");
    assert_eq!(field(&page, "Content-Type"), Some("text/html; charset=utf-8"));
    for part in ["<script src=\"chat.", "<noscript><p>", "role=\"log\""] {
        assert!(page.contains(part), "{part}");
    }
    let script = get("/chat.js");
    assert!(script.contains("new URL('api/chat', location)") && script.contains(".textContent = message"));
    assert!(!script.contains("innerHTML"), "what others say is text");
    assert!(get("/").contains("href=\"chat\""));
}

#[test]
fn a_request_without_a_handshake_is_answered() {
    assert!(get("/api/chat").starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{}", get("/api/chat"));
    let foreign = UPGRADE.replace("\r\n\r\n", "\r\nOrigin: http://b\r\n\r\n");
    assert!(crate::pipe::exchange(&foreign).starts_with("HTTP/1.1 403 "));
    assert!(request("POST", "/api/chat", "Content-Length: 0\r\n").starts_with("HTTP/1.1 405 "));
}

#[test]
fn what_is_said_is_sent_back_and_to_those_that_come_later() {
    let site = Www::new();
    let first = chat(&site, &[frame(0x81, b"Ada\nHello"), bye()]);
    assert_eq!(first, [sent(b"Ada\nHello"), vec![0x88, 2, 3, 232]].concat());
    // In fragments, with a ping between them.
    let parts = [frame(0x01, b"Bo"), frame(0x00, b"b\nHi "), frame(0x89, b"!"), frame(0x80, b"\xe2\x98\x83")];
    let second = chat(&site, &[&parts[..], &[bye()]].concat());
    let expected = [sent(b"Ada\nHello"), b"\x8a\x01!".to_vec(), sent(b"Bob\nHi \xe2\x98\x83")].concat();
    assert_eq!(second, [expected, vec![0x88, 2, 3, 232]].concat());
}

#[test]
fn the_last_sixteen_messages_are_kept() {
    let site = Www::new();
    for number in 0..20 {
        chat(&site, &[frame(0x81, format!("a\n{number:02}").as_bytes()), bye()]);
    }
    let kept: Vec<u8> = (4..20).flat_map(|number| sent(format!("a\n{number:02}").as_bytes())).collect();
    // After each part of what the client says it gets a message.
    let mut parts = vec![frame(0x01, b"x")];
    parts.resize(16, frame(0x00, b"x"));
    let received = chat(&site, &[&parts[..], &[bye()]].concat());
    assert_eq!(received, [kept, vec![0x88, 2, 3, 232]].concat());
}

#[test]
fn what_is_no_message_ends_the_connection_with_a_code_and_a_reason_and_nobody_gets_it() {
    let site = Www::new();
    for (bad, code) in [
        (frame(0x81, b"no name"), 1008),
        (frame(0x81, b"\nfrom the server?"), 1008),
        (frame(0x81, b"a\nb\nc"), 1008),
        (frame(0x82, b"a\nb"), 1003),
    ] {
        let received = chat(&site, &[bad.clone(), bye()]);
        let (found, reason) = closed(&received);
        assert!(found == code && reason.ends_with('.'), "{found} {reason} {bad:?}");
    }
    // Too long, and not UTF-8: the protocol's own.
    let long = [frame(0x01, &[b'a'; 125]), frame(0x80, b"b")].concat();
    assert_eq!(closed(&chat(&site, &[long])), (1009, ""));
    assert_eq!(closed(&chat(&site, &[frame(0x81, b"a\n\xff")])), (1007, ""));
    assert_eq!(chat(&site, &[frame(0x81, b"a\nb"), bye()])[..5], sent(b"a\nb"));
}
