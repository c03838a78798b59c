//! The bytes of a response of events.

use std::time::Duration;

use bantam::Phase;
use bantam_tests::answers::read;
use bantam_tests::every_way::in_every_way;
use bantam_tests::requests::get;
use bantam_tests::script::{ScriptedPeer, Step};

use crate::pages::{Pages, respond, serve_to};

/// A request that waits for so much before its side ends.
fn until(path: &str, end: &str) -> ScriptedPeer {
    ScriptedPeer::new([Step::from(&get(path)[..]), Step::Expect(end.into())])
}

#[test]
fn a_stream_has_its_fields_its_events_and_an_end() {
    let mut peer = until("/count/2", "0\r\n\r\n");
    let pages = Pages::default();
    assert!(serve_to(&mut peer, &pages));
    let text = peer.text();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"), "{text}");
    let answers = read(peer.received(), |_| false).expect("well-formed");
    assert_eq!(answers[0].body, b"id: 1\ndata: line\ndata: line\n\nid: 2\ndata: line\ndata: line\n\n");
    assert_eq!(*pages.waits.borrow(), [true, true]);
}

#[test]
fn an_event_leaves_in_one_write_and_the_first_one_with_the_head() {
    let mut peer = until("/count/3", "0\r\n\r\n");
    serve_to(&mut peer, &Pages::default());
    // The head leaves before the first wait; the end of the body with nothing else.
    assert_eq!(peer.writes().len(), 1 + 3 + 1, "{:?}", peer.writes());
    let mut peer = until("/wait", "data: waits\n\n");
    serve_to(&mut peer, &Pages::default());
    let first = peer.writes()[0];
    assert!(peer.text()[..first].ends_with("data: waits\n\n\r\n"), "{}", peer.text());
}

#[test]
fn a_client_that_connects_again_goes_on_behind_its_last_event() {
    let request = "GET /count/4 HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 3\r\n\r\n";
    let mut peer = ScriptedPeer::new([Step::from(request), Step::Expect(b"0\r\n\r\n".into())]);
    serve_to(&mut peer, &Pages::default());
    assert!(peer.text().contains("id: 4\n") && !peer.text().contains("id: 3\n"), "{}", peer.text());
    for other in ["Last-Event-ID: \u{e9}", "Last-Event-ID: 1\r\nLast-Event-ID: 2", "X: y"] {
        let request = format!("GET /count/1 HTTP/1.1\r\nHost: a\r\n{other}\r\n\r\n");
        let mut peer = ScriptedPeer::new([Step::from(&request[..]), Step::Expect(b"0\r\n\r\n".into())]);
        serve_to(&mut peer, &Pages::default());
        assert!(peer.text().starts_with("HTTP/1.1 200 "), "{}", peer.text());
    }
}

#[test]
fn head_gets_the_head_of_a_stream_and_nothing_is_waited_for() {
    let response = respond("HEAD /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    let (head, body) = response.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("text/event-stream") && body.is_empty(), "{response}");
}

#[test]
fn a_client_of_http_1_0_gets_a_stream_that_ends_with_the_connection() {
    let request = "GET /count/1 HTTP/1.0\r\n\r\n";
    let mut peer = ScriptedPeer::new([Step::from(request), Step::Expect(b"\n\n".into())]);
    serve_to(&mut peer, &Pages::default());
    let (head, body) = peer.text().split_once("\r\n\r\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert!(!head.contains("Transfer-Encoding") && head.contains("Connection: close"), "{head}");
    assert!(body.starts_with("id: 1\n") && body.ends_with("data: line\n\n"), "{body}");
}

#[test]
fn an_event_that_would_forge_a_field_is_the_fault_of_its_page() {
    assert!(respond(&get("/bad")).starts_with("HTTP/1.1 500 "));
}

#[test]
fn a_silent_wait_sends_comments_and_a_pause_is_as_long_as_it_says() {
    let silent = Step::Delay(Duration::from_secs(50));
    let mut peer = ScriptedPeer::new([Step::from(&get("/wait")[..]), silent.clone()]);
    serve_to(&mut peer, &Pages::default());
    assert_eq!(peer.text().matches(": \n\n").count(), 3, "one for each 15 s: {}", peer.text());
    for (seconds, comments, data) in [(0, 0, "whole"), (40, 2, "whole"), (60, 3, "cut short")] {
        let mut peer =
            ScriptedPeer::new([Step::from(&get(&format!("/pause/{seconds}"))[..]), silent.clone()]);
        serve_to(&mut peer, &Pages::default());
        let text = peer.text();
        assert_eq!(text.matches(": \n\n").count(), comments, "{seconds}: {text}");
        assert!(text.contains(&format!("data: {data}\n")), "{seconds}: {text}");
        assert!(peer.phases().contains(&Phase::LowLevel));
    }
}

#[test]
fn a_stream_is_the_same_in_every_way_and_the_requests_behind_it_are_answered() {
    let requests = get("/wait") + &get("/echo") + &get("/bad") + &get("/wait");
    let answers = in_every_way(&Pages::default(), &requests, |_| false);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 500, 200]);
    assert_eq!(answers[0].body, b"data: waits\n\ndata: ends\n\n", "the end of the peer ends the wait");
}
