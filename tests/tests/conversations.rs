//! Law: what leaves, leaves in time and in one piece: not before it has to, and never behind something that waits for it.

use std::time::Duration;

use bantam::{Buffers, ConnectionState, Outcome, Phase, serve, serve_until_idle};
use bantam_tests::answers::read;
use bantam_tests::pages::Pages;
use bantam_tests::scenarios::converse;
use bantam_tests::tape::{Step, Tape, run};

fn says(text: &str) -> Step {
    Step::Says(text.into())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn talk(script: impl IntoIterator<Item = Step>) -> Tape {
    let mut tape = Tape::new(script);
    converse(&mut tape);
    tape
}

#[test]
fn one_request_is_one_read_and_one_write() {
    let mut tape = Tape::saying(get("/"));
    let (mut input, mut output) = ([0; 512], [0; 512]);
    let mut session = ConnectionState::new(&mut input, &mut output);
    assert_eq!(run(serve_until_idle(&mut tape, &mut session, &Pages)), Ok(Outcome::Idle));
    assert_eq!(tape.calls, 3, "a read, a write, and its flush");
    assert!(session.is_empty());
    assert_eq!(tape.phases, [Phase::Idle, Phase::Head, Phase::Response]);
}

#[test]
fn the_answers_to_sixteen_pipelined_requests_leave_in_one_write() {
    let mut tape = Tape::saying(get("/").repeat(16));
    let _ = run(serve(&mut tape, &mut Buffers::<1024, 1024>::new().state(), &Pages));
    assert_eq!(tape.pieces.len(), 1, "{:?}", tape.pieces);
    assert_eq!(read(&tape.heard, |_| false).expect("well-formed").len(), 16);
}

#[test]
fn an_answer_does_not_wait_for_the_rest_of_the_next_request() {
    let script = [says(&get("/")), says("GET /"), Step::Hears("hello"), says(" HTTP/1.1\r\nHost: a\r\n\r\n")];
    assert_eq!(talk(script).log.len(), 2);
}

#[test]
fn an_answer_does_not_wait_for_the_body_of_the_next_request() {
    let post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    let tape = talk([says(&(get("/") + post)), Step::Hears("hello"), says("abc"), Step::Hears("abc")]);
    assert_eq!(tape.log.len(), 2);
}

#[test]
fn a_body_is_echoed_while_it_comes() {
    let post = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    talk([says(post), Step::Hears("abc"), says("3\r\ndef\r\n"), Step::Hears("def"), says("0\r\n\r\n")]);
}

#[test]
fn what_was_sent_before_a_pause_has_left() {
    let tape = talk([says(&get("/pause"))]);
    assert_eq!(tape.pauses, [Duration::from_secs(1); 2]);
    assert!(tape.pieces.len() >= 3, "before, after, end: {:?}", tape.pieces);
}

#[test]
fn small_sends_become_one_chunk() {
    assert!(talk([says(&get("/stream"))]).text().ends_with("\r\n\r\n000f\r\none, two, three\r\n0\r\n\r\n"));
}

const EXPECT: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";

#[test]
fn a_client_that_waits_is_told_to_continue_when_the_page_asks() {
    let tape = talk([says(EXPECT), Step::Hears("HTTP/1.1 100 Continue\r\n\r\n"), says("abc")]);
    let statuses: Vec<_> =
        read(&tape.heard, |_| false).expect("well-formed").iter().map(|a| a.status).collect();
    assert_eq!(statuses, [100, 200]);
}

#[test]
fn a_client_that_does_not_wait_is_not_told_to_continue() {
    let tape = talk([says(&format!("{EXPECT}abc"))]);
    assert!(tape.text().starts_with("HTTP/1.1 200 "), "{}", tape.text());
}

#[test]
fn a_1_0_client_is_not_told_to_continue() {
    let tape = talk([says(&EXPECT.replace("1.1", "1.0")), says("abc")]);
    assert!(tape.text().starts_with("HTTP/1.1 200 "), "{}", tape.text());
}

#[test]
fn a_body_that_the_page_does_not_ask_for_is_not_invited_and_the_connection_ends() {
    let tape = talk([says(&EXPECT.replace("/echo", "/")), Step::Hears("hello")]);
    assert!(!tape.text().contains("100 Continue"), "{}", tape.text());
    let answers = read(&tape.heard, |_| false).expect("well-formed");
    assert!(answers[0].closes(), "nobody can tell whether the body comes");
}

#[test]
fn a_page_that_answers_first_and_then_asks_has_declined_the_body() {
    let tape = talk([says(&EXPECT.replace("/echo", "/answer-first"))]);
    assert!(tape.text().starts_with("HTTP/1.1 500 "), "{}", tape.text());
    let without = "POST /answer-first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    assert!(talk([says(without)]).text().contains("abc"), "without Expect it may");
}

#[test]
fn an_unread_body_is_drained_within_a_bound_and_never_parsed() {
    let post = |length: usize| {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        head + &get("/smuggled").repeat(length / 33 + 1)[..length] + &get("/")
    };
    let tape = talk([says(&post(bantam::MAX_DRAIN))]);
    assert_eq!(tape.log.len(), 2, "{}", tape.text());
    let tape = talk([says(&post(bantam::MAX_DRAIN + 1))]);
    assert_eq!(tape.log.len(), 1, "{}", tape.text());
    assert!(tape.log.iter().all(|entry| !entry.request_line.starts_with(b"GET /smuggled")));
}

#[test]
fn a_server_that_stops_says_so_in_its_last_answer() {
    let mut tape = Tape::saying(get("/").repeat(2));
    tape.stopping = true;
    converse(&mut tape);
    let answers = read(&tape.heard, |_| false).expect("well-formed");
    assert!(answers.len() == 1 && answers[0].closes() && tape.ended, "{}", tape.text());
}

#[test]
fn a_connection_that_switches_protocols_belongs_to_the_page() {
    let offer = "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nGET /early";
    let tape = talk([says(offer), Step::Hears("GET /early"), says(" bird"), Step::Hears("bird")]);
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n";
    assert_eq!(
        tape.text(),
        format!("{head}GET /early bird"),
        "what came early is read first, and is no request"
    );
    assert_eq!(tape.log.len(), 1);
}

#[test]
fn an_upgrade_that_nobody_offered_is_a_misuse() {
    let tape = talk([says(&get("/upgrade"))]);
    assert!(tape.text().starts_with("HTTP/1.1 500 "), "{}", tape.text());
}

#[test]
fn bytes_behind_an_upgrade_that_is_ignored_are_the_next_request() {
    let offer = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
    assert_eq!(talk([says(&(offer.to_owned() + &get("/")))]).log.len(), 2);
}

#[test]
fn a_page_sees_its_request() {
    let said = "OPTIONS http://b:81/details?a=1&b=%20 HTTP/1.1\r\nHost: c\r\nX-Y: z\r\n\r\n";
    let text = talk([says(said)]).text();
    let expected = r#"OPTIONS /details Some("b:81") a=1;b=  from Some("192.0.2.7:4711") with Host,X-Y"#;
    assert!(text.ends_with(expected), "{text}");
}
