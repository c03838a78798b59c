//! `/live` and `/chat` of the site over a simulated peer: an event a second, every failing call, every dropped future.

use std::time::Duration;

use bantam::{Buffers, serve};
use bantam_std as _;
use bantam_tests::executor::{poll_times, run};
use bantam_tests::script::{IoFault, ScriptedPeer, Step};
use bantam_www::Www;
use embedded_io::ErrorKind;

const LIVE: &str = "GET /api/live HTTP/1.1\r\nHost: a\r\n\r\n";
const UPGRADE: &str = "GET /api/chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn serve_on(site: &Www, peer: &mut ScriptedPeer) {
    let _ = run(serve(peer, &mut Buffers::<512, 512>::new().state(), site));
}

/// What the site says of itself to a client that reads one event.
fn first_event(site: &Www) -> String {
    let mut peer = ScriptedPeer::new([Step::from(LIVE), Step::Expect(b"}\n\n".into())]);
    serve_on(site, &mut peer);
    let text = peer.text();
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_else(|| panic!("{text}"));
    data.to_owned()
}

fn frame(first: u8, data: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | data.len() as u8, 0, 0, 0, 0], data].concat()
}

/// A client that speaks, hears itself, speaks again and leaves.
fn chatter() -> ScriptedPeer {
    let heard = |data: &[u8]| Step::Expect([&[0x81, data.len() as u8], data].concat());
    ScriptedPeer::new([
        Step::from(UPGRADE),
        Step::Expect(b"upgrade\r\n\r\n".into()),
        Step::Send(frame(0x81, b"Ada\nHello")),
        heard(b"Ada\nHello"),
        Step::Send([frame(0x01, b"Ada\nfirst"), frame(0x80, b" second")].concat()),
        heard(b"Ada\nfirst second"),
        Step::Send(frame(0x88, &[3, 232])),
        Step::Expect(vec![0x88, 2, 3, 232]),
    ])
}

#[test]
fn an_event_a_second_says_how_many_requests_there_were() {
    let site = Www::new().memory(|| 77);
    for _ in 0..3 {
        serve_on(&site, &mut ScriptedPeer::sending("GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    let mut peer =
        ScriptedPeer::new([Step::from(LIVE), Step::Expect(b"id: 2\n".into()), Step::Delay(Duration::ZERO)]);
    serve_on(&site, &mut peer);
    let text = peer.text();
    let data = r#"data: {"rate":0,"requests":4,"streams":1,"chatters":0,"memory":77}"#;
    assert_eq!(text.matches(data).count(), 2, "{text}");
    assert!(text.contains("retry: 1000\n") && text.contains("id: 1\n") && text.contains("id: 2\n"), "{text}");
    // The stream of the first client has ended; this one is the fifth request.
    assert_eq!(first_event(&site), data[6..].replace(":4", ":5"));
}

#[test]
fn a_client_that_connects_again_goes_on_counting() {
    for (last, next) in
        [("41", "id: 42\n"), ("4294967295", "id: 0\n"), ("4294967296", "id: 1\n"), ("x", "id: 1\n")]
    {
        let request = format!("GET /api/live HTTP/1.1\r\nHost: a\r\nLast-Event-ID: {last}\r\n\r\n");
        let mut peer = ScriptedPeer::new([Step::from(&request[..]), Step::Expect(b"}\n\n".into())]);
        serve_on(&Www::new(), &mut peer);
        assert!(peer.text().contains(next), "{last}: {}", peer.text());
    }
}

#[test]
fn a_server_that_stops_ends_the_events_and_closes_the_chat_with_1001() {
    let mut peer = ScriptedPeer::new([Step::from(LIVE), Step::Expect(b"}\n\n".into()), Step::Stop]);
    serve_on(&Www::new(), &mut peer);
    assert!(peer.text().ends_with("0\r\n\r\n"), "{}", peer.text());
    let mut peer = ScriptedPeer::new([Step::from(UPGRADE), Step::Stop, Step::Expect(vec![0x88, 2, 3, 233])]);
    serve_on(&Www::new(), &mut peer);
    assert!(peer.written.ends_with(&[0x88, 2, 3, 233]), "{:?}", peer.written);
}

/// Whatever happens, the place in the chat is free again, and the site serves others.
fn check(site: &Www, at: usize) {
    let data = first_event(site);
    assert!(data.contains(r#""streams":1,"chatters":0"#), "{at}: {data}");
}

#[test]
fn a_chatter_whose_nth_call_fails_leaves_nothing_behind() {
    let mut whole = chatter();
    serve_on(&Www::new(), &mut whole);
    assert!(whole.unmet.is_none() && whole.written.ends_with(&[0x88, 2, 3, 232]), "{:?}", whole.written);
    for fault in [
        IoFault::Fail(ErrorKind::Other),
        IoFault::FailForever(ErrorKind::ConnectionReset),
        IoFault::Zero,
        IoFault::Pend,
    ] {
        for at in 0..whole.calls {
            let (site, mut peer) = (Www::new(), chatter().with_fault(at, fault));
            serve_on(&site, &mut peer);
            if fault == IoFault::Pend {
                assert_eq!(peer.written, whole.written, "{at}");
            }
            check(&site, at);
        }
    }
}

#[test]
fn a_page_that_is_dropped_at_its_nth_call_leaves_nothing_behind() {
    let mut whole = chatter();
    serve_on(&Www::new(), &mut whole);
    for (path, calls) in [("chat", whole.calls), ("live", 8)] {
        for at in 0..calls {
            let site = Www::new();
            let peer = match path {
                "chat" => chatter(),
                _ => ScriptedPeer::new([Step::from(LIVE), Step::Expect(b"id: 3\n".into())]),
            };
            let mut peer = peer.with_fault(at, IoFault::Hang);
            let mut buffers = Buffers::<512, 512>::new();
            let result = poll_times(serve(&mut peer, &mut buffers.state(), &site), 100);
            assert!(result.is_none(), "{path} {at}");
            check(&site, at);
        }
    }
}
