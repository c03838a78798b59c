//! When responses are flushed, and in how many writes.
//!
//! Invariant: nothing is flushed before the server has to wait, and the server never waits before a flush.

use std::time::Duration;

use bantam::{Buffers, ConnectionState, Outcome, Phase, serve, serve_until_idle};
use bantam_tests::answers::read;
use bantam_tests::executor::run;
use bantam_tests::memory::run_script;
use bantam_tests::pages::Pages;
use bantam_tests::requests::get;
use bantam_tests::script::{ScriptedPeer, Step};

fn sends(text: &str) -> Step {
    text.into()
}

fn expects(text: &str) -> Step {
    Step::Expect(text.into())
}

fn run_steps(script: impl IntoIterator<Item = Step>) -> ScriptedPeer {
    let mut peer = ScriptedPeer::new(script);
    run_script(&mut peer);
    peer
}

#[test]
fn one_request_is_one_read_and_one_write() {
    let mut peer = ScriptedPeer::sending(get("/"));
    let (mut input, mut output) = ([0; 512], [0; 512]);
    let mut state = ConnectionState::new(&mut input, &mut output);
    assert_eq!(run(serve_until_idle(&mut peer, &mut state, &Pages)), Ok(Outcome::Idle));
    assert_eq!(peer.calls, 3, "a read, a write, and its flush");
    assert!(state.is_empty());
    assert_eq!(peer.phases(), [Phase::Idle, Phase::Head, Phase::Response]);
}

#[test]
fn sixteen_pipelined_responses_are_one_write() {
    let mut peer = ScriptedPeer::sending(get("/").repeat(16));
    let _ = run(serve(&mut peer, &mut Buffers::<1024, 2048>::new().state(), &Pages));
    assert_eq!(peer.writes().len(), 1, "{:?}", peer.writes());
    assert_eq!(read(peer.received(), |_| false).expect("well-formed").len(), 16);
}

#[test]
fn a_response_is_flushed_before_the_rest_of_the_next_request() {
    let script = [sends(&get("/")), sends("GET /"), expects("hello"), sends(" HTTP/1.1\r\nHost: a\r\n\r\n")];
    assert_eq!(run_steps(script).log().len(), 2);
}

#[test]
fn a_response_is_flushed_before_the_body_of_the_next_request() {
    let post = "POST /body/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    let peer = run_steps([sends(&(get("/") + post)), expects("hello"), sends("abc"), expects("abc")]);
    assert_eq!(peer.log().len(), 2);
}

#[test]
fn an_echo_is_flushed_while_its_body_arrives() {
    let post = "POST /body/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    run_steps([sends(post), expects("abc"), sends("3\r\ndef\r\n"), expects("def"), sends("0\r\n\r\n")]);
}

#[test]
fn a_pause_flushes() {
    let peer = run_steps([sends(&get("/pause"))]);
    assert_eq!(peer.pauses(), [Duration::from_secs(1); 3]);
    assert!(peer.writes().len() >= 4, "three parts and the end: {:?}", peer.writes());
}

#[test]
fn small_sends_become_one_chunk() {
    let post = "POST /body/echo-first HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\none two three";
    assert!(run_steps([sends(post)]).text().ends_with("\r\n\r\n000d\r\none two three\r\n0\r\n\r\n"));
}

#[test]
fn small_sends_without_a_wait_are_a_body_with_a_length() {
    assert!(
        run_steps([sends(&get("/stream"))]).text().ends_with("\r\nContent-Length: 13\r\n\r\none two three")
    );
}

#[test]
fn a_flush_is_a_write() {
    let peer = run_steps([sends(&get("/flushed"))]);
    assert_eq!(peer.writes().len(), 4, "three parts with data and the end: {:?}", peer.writes());
}

const EXPECT: &str =
    "POST /body/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";

#[test]
fn continue_is_sent_when_the_page_reads() {
    let peer = run_steps([sends(EXPECT), expects("HTTP/1.1 100 Continue\r\n\r\n"), sends("abc")]);
    let statuses: Vec<_> =
        read(peer.received(), |_| false).expect("well-formed").iter().map(|a| a.status).collect();
    assert_eq!(statuses, [100, 200]);
}

#[test]
fn continue_is_not_sent_if_the_body_has_begun() {
    let peer = run_steps([sends(&format!("{EXPECT}abc"))]);
    assert!(peer.text().starts_with("HTTP/1.1 200 "), "{}", peer.text());
}

#[test]
fn continue_is_not_sent_to_1_0() {
    let peer = run_steps([sends(&EXPECT.replace("1.1", "1.0")), sends("abc")]);
    assert!(peer.text().starts_with("HTTP/1.1 200 "), "{}", peer.text());
}

#[test]
fn without_a_read_continue_is_not_sent_and_the_connection_ends() {
    let peer = run_steps([sends(&EXPECT.replace("/body/echo", "/")), expects("hello")]);
    assert!(!peer.text().contains("100 Continue"), "{}", peer.text());
    let answers = read(peer.received(), |_| false).expect("well-formed");
    assert!(answers[0].closes(), "the body may follow or not");
}

#[test]
fn a_response_before_the_read_declines_the_body() {
    let peer = run_steps([sends(&EXPECT.replace("/body/echo", "/body/echo-first"))]);
    assert!(peer.text().starts_with("HTTP/1.1 500 "), "{}", peer.text());
    let without = "POST /body/echo-first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    assert!(run_steps([sends(without)]).text().contains("abc"), "without Expect the body is read");
}

#[test]
fn an_unread_body_is_drained_within_a_bound_and_never_parsed() {
    let post = |length: usize| {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        head + &get("/smuggled").repeat(length / 33 + 1)[..length] + &get("/")
    };
    let peer = run_steps([sends(&post(bantam::MAX_DRAIN))]);
    assert_eq!(peer.log().len(), 2, "{}", peer.text());
    let peer = run_steps([sends(&post(bantam::MAX_DRAIN + 1))]);
    assert_eq!(peer.log().len(), 1, "{}", peer.text());
    assert!(peer.log().iter().all(|entry| !entry.request_line.starts_with(b"GET /smuggled")));
}

#[test]
fn a_stopping_server_sends_close_in_its_last_response() {
    let mut peer = ScriptedPeer::sending(get("/").repeat(2));
    peer.environment.stopping = true;
    run_script(&mut peer);
    let answers = read(peer.received(), |_| false).expect("well-formed");
    assert!(answers.len() == 1 && answers[0].closes() && peer.is_shut_down(), "{}", peer.text());
}

#[test]
fn the_page_takes_the_stream_after_101() {
    let offer = "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\nGET /early";
    let peer = run_steps([sends(offer), expects("GET /EARLY"), sends(" bird"), expects("BIRD")]);
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: upgrade\r\n\r\n";
    assert_eq!(
        peer.text(),
        format!("{head}GET /EARLY BIRD"),
        "the page reads the bytes after the head first"
    );
    assert_eq!(peer.log().len(), 1);
}

#[test]
fn an_upgrade_without_an_offer_is_a_misuse() {
    let peer = run_steps([sends(&get("/upgrade"))]);
    assert!(peer.text().starts_with("HTTP/1.1 500 "), "{}", peer.text());
}

#[test]
fn bytes_after_an_ignored_upgrade_are_the_next_request() {
    let offer = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
    assert_eq!(run_steps([sends(&(offer.to_owned() + &get("/")))]).log().len(), 2);
}

#[test]
fn a_page_gets_its_request_details() {
    let request = "OPTIONS http://b:81/report?a=1&b=%20 HTTP/1.1\r\nHost: c\r\nX-Y: z\r\n\r\n";
    let text = run_steps([sends(request)]).text();
    let expected = "method: OPTIONS\nversion: Http11\npeer: 192.0.2.1:4321\nauthority: b:81\npath: /report\n\
                    query: a=1\nquery: b= \nheader: Host=c\nheader: X-Y=z\n";
    assert!(text.ends_with(expected), "{text}");
}
