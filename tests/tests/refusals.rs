//! Error responses of the server.
//!
//! Invariant: every refusal has its status and a short HTML page. The connection goes on if the end of the request is certain, and
//! is closed with a lingering close otherwise.

use bantam::wire::Status;
use bantam::{
    Buffers, Connection, ConnectionState, Fault, Phase, Refusal, Rejection, RequestDetails, Site, serve,
};
use bantam_tests::answers::{Answer, read};
use bantam_tests::executor::run;
use bantam_tests::memory::{INPUT, OUTPUT, run_script};
use bantam_tests::pages::Pages;
use bantam_tests::script::{ScriptedPeer, Step};

fn refuse(request: &str) -> ScriptedPeer {
    let mut peer = ScriptedPeer::sending(request);
    run_script(&mut peer);
    peer
}

/// Asserts that the only response is a refusal with this status that keeps the connection; returns its page.
fn check_kept(peer: &ScriptedPeer, status: u16) -> String {
    let (answer, page) = only_refusal(peer, status, false);
    assert!(!answer.closes() && !peer.is_shut_down(), "{}", peer.text());
    page
}

/// Asserts that the only response is a refusal with this status that closes the connection; returns its page.
fn check(peer: &ScriptedPeer, status: u16, to_head: bool) -> String {
    let (answer, page) = only_refusal(peer, status, to_head);
    assert!(answer.closes(), "{}", peer.text());
    assert!(
        peer.is_shut_down() && peer.phases().last() == Some(&Phase::Close),
        "no lingering close: {:?}",
        peer.phases()
    );
    page
}

fn only_refusal(peer: &ScriptedPeer, status: u16, to_head: bool) -> (Answer, String) {
    let text = peer.text();
    let answers = read(peer.received(), |_| to_head).unwrap_or_else(|flaw| panic!("{flaw:?} in {text}"));
    let [answer] = &answers[..] else { panic!("{} answers: {text}", answers.len()) };
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.field("content-type"), Some("text/html; charset=utf-8"), "{text}");
    assert!(answer.field("content-length").is_some(), "{text}");
    let page = String::from_utf8(answer.body.clone()).expect("UTF-8");
    assert!(to_head || page.contains(&format!("<h1>{status} ")), "{page}");
    (answer.clone(), page)
}

fn host(line: &str, fields: &str) -> String {
    format!("{line}\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn an_https_target_is_421_unless_the_transport_is_secure() {
    let request = "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
    check_kept(&refuse(request), 421);
    let mut peer = ScriptedPeer::sending(request);
    peer.environment.secure = true;
    run_script(&mut peer);
    assert_eq!(peer.log()[0].status, 200);
}

#[test]
fn every_broken_rule_has_its_status() {
    for (request, status) in [
        (host("GET  / HTTP/1.1", ""), 400),
        (host("GET / HTTP/1.1 ", ""), 400),
        (host(" GET / HTTP/1.1", ""), 400),
        (host("G(T / HTTP/1.1", ""), 400),
        (host("GET a HTTP/1.1", ""), 400),
        (host("GET /a b HTTP/1.1", ""), 400),
        (host("GET /\u{1} HTTP/1.1", ""), 400),
        (host("GET /#f HTTP/1.1", ""), 400),
        (host("GET /%zz HTTP/1.1", ""), 400),
        (host("GET * HTTP/1.1", ""), 400),
        (host("GET / http/1.1", ""), 400),
        (host("GET / HTTP/1.1.1", ""), 400),
        (host("GET / HTTP/1", ""), 400),
        (host("GET / HTTP/2.0", ""), 505),
        (host("GET / HTTP/0.9", ""), 505),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400),
        (host("GET / HTTP/1.1", "Host: a\r\n"), 400),
        (host("GET / HTTP/1.0", "Host: b\r\n"), 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n".into(), 400),
        (host("GET / HTTP/1.1", "X : y\r\n"), 400),
        (host("GET / HTTP/1.1", " X: y\r\n"), 400),
        (host("GET / HTTP/1.1", "X: y\r\n z\r\n"), 400),
        (host("GET / HTTP/1.1", "X\r\n"), 400),
        (host("GET / HTTP/1.1", ": y\r\n"), 400),
        (host("GET / HTTP/1.1", "X: y\nZ: z\r\n"), 400),
        (host("GET / HTTP/1.1", "X: a\rb\r\n"), 400),
        (host("GET / HTTP/1.1", "X: a\0b\r\n"), 400),
        (host("GET / HTTP/1.1", "X\u{1}: b\r\n"), 400),
        ("GET / HTTP/1.1\nHost: a\n\n".into(), 400),
        ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".into(), 400),
        (host("POST / HTTP/1.1", "Content-Length: abc\r\n"), 400),
        (host("POST / HTTP/1.1", "Content-Length: -1\r\n"), 400),
        (host("POST / HTTP/1.1", "Content-Length: 18446744073709551616\r\n"), 400),
        (host("POST / HTTP/1.1", "Content-Length: 5\r\nContent-Length: 5\r\n"), 400),
        (host("POST / HTTP/1.1", "Content-Length: 5, 5\r\n"), 400),
        (host("POST / HTTP/1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
        (host("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400),
        (host("POST / HTTP/1.1", "Transfer-Encoding: chunked, identity\r\n"), 400),
        (host("POST / HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n"), 501),
        (host("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n"), 400),
        (host("GET / HTTP/1.1", "Expect: tea\r\n"), 417),
        (host("CONNECT a:80 HTTP/1.1", ""), 501),
    ] {
        check(&refuse(&request), status, false);
    }
    for (request, status) in [
        (host("BREW / HTTP/1.1", ""), 501),
        (host("GET /nothing HTTP/1.1", ""), 404),
        (host("GET /misuse/fails HTTP/1.1", ""), 400),
    ] {
        check_kept(&refuse(&request), status);
    }
}

#[test]
fn a_405_has_the_allowed_methods() {
    let peer = refuse(&host("POST /get-only HTTP/1.1", ""));
    check_kept(&peer, 405);
    assert!(peer.text().contains("\r\nAllow: GET, HEAD\r\n"), "{}", peer.text());
}

#[test]
fn a_response_to_head_has_no_body() {
    for request in [
        "HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD / HTTP/1.1\r\n\r\n",
        "HEAD /misuse/no-response HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let peer = refuse(request);
        let answers = read(peer.received(), |_| true).expect("well-formed");
        assert!(
            answers[0].status >= 400 && answers[0].field("content-length") != Some("0"),
            "{}",
            peer.text()
        );
    }
}

#[test]
fn a_refusal_has_a_date_if_there_is_a_clock() {
    let mut peer = ScriptedPeer::sending("BAD\r\n");
    peer.environment.date = Some(*b"Sun, 06 Nov 1994 08:49:37 GMT");
    run_script(&mut peer);
    check(&peer, 400, false);
    assert!(peer.text().contains("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "{}", peer.text());
}

#[test]
fn a_long_request_line_is_414_and_a_long_head_431() {
    let most = INPUT - ConnectionState::RESERVE;
    let line = |length: usize| {
        let head = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(length));
        (head.len(), head)
    };
    let (fits, head) = line(most - 30);
    assert!(fits <= most && refuse(&head).text().starts_with("HTTP/1.1 404 "));
    check(&refuse(&line(most).1), 414, false);
    check(&refuse(&format!("GET /{}", "x".repeat(most))), 414, false);

    let fields = |length: usize| host("GET / HTTP/1.1", &format!("X: {}\r\n", "y".repeat(length)));
    let frame = fields(0).len();
    assert!(refuse(&fields(most - frame)).text().starts_with("HTTP/1.1 200 "), "as long as may be");
    check(&refuse(&fields(most - frame + 1)), 431, false);
    check(&refuse(&fields(5 * most)), 431, false);
    check(&refuse(&"\r\n".repeat(most)), 414, false);
}

#[test]
fn a_body_beyond_the_limit_is_413_by_its_length_and_by_counting() {
    for (fields, body, status) in [
        ("Content-Length: 11\r\n", "01234567890", 413),
        ("Content-Length: 10\r\n", "0123456789", 200),
        ("Transfer-Encoding: chunked\r\n", "6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n", 413),
        ("Transfer-Encoding: chunked\r\n", "6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n", 200),
    ] {
        let mut peer = ScriptedPeer::sending(host("POST /body/whole HTTP/1.1", fields) + body);
        let mut buffers = Buffers::<INPUT, OUTPUT>::new();
        let mut state = buffers.state().body_limit(10);
        run(serve(&mut peer, &mut state, &Pages)).expect("the stream is sound");
        assert!(peer.text().starts_with(&format!("HTTP/1.1 {status} ")), "{}", peer.text());
    }
}

#[test]
fn a_timeout_is_408_after_the_first_byte_and_a_close_before() {
    let stall = |request: &str| {
        let mut peer = ScriptedPeer::new([Step::Send(request.into()), Step::Stall]);
        run_script(&mut peer);
        peer
    };
    assert_eq!(stall("").text(), "");
    assert_eq!(stall("\r\n").text(), "", "an empty line is no request");
    check(&stall("G"), 408, false);
    check(&stall("GET / HTTP/1.1\r\nHost: a\r\n"), 408, false);
    check(&stall(&host("POST /body/echo HTTP/1.1", "Content-Length: 5\r\n")), 408, false);
    let kept = stall(&host("GET / HTTP/1.1", ""));
    assert!(kept.text().ends_with("hello") && kept.log().len() == 1, "{}", kept.text());
}

#[test]
fn bytes_after_a_refused_message_are_not_parsed() {
    for bad in [
        host("GET /#f HTTP/1.1", ""),
        host("CONNECT a:80 HTTP/1.1", ""),
        host("POST /body/whole HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "X\r\n",
        host("POST /body/whole HTTP/1.1", "Content-Length: 99999999999\r\n"),
    ] {
        let peer = refuse(&(bad + &host("GET /smuggled HTTP/1.1", "").repeat(3)));
        assert_eq!(peer.log().len(), 1, "{}", peer.text());
        assert!(!peer.log().iter().any(|entry| entry.request_line.starts_with(b"GET /smuggled")));
    }
}

#[test]
fn a_refusal_is_reported_with_its_request_line() {
    let peer = refuse("GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n");
    let [entry] = peer.log() else { panic!("{:?}", peer.log()) };
    assert_eq!(entry.request_line, b"GET /\x7f HTTP/1.1");
    assert_eq!((entry.status, entry.fault), (400, Some(Fault::Rejection(Rejection::BadTarget))));
    assert!(entry.body_sent > 0);
}

#[test]
fn the_fields_of_a_head_that_was_not_accepted_are_in_no_record() {
    let limit = INPUT - ConnectionState::RESERVE;
    let long = |length: usize| {
        let head = host("GET / HTTP/1.1", "X-Forwarded-For: 203.0.113.99\r\nX: \r\n");
        head.replace("X: ", &format!("X: {}", "x".repeat(length - head.len())))
    };
    let [longest, too_long] = [long(limit), long(limit + 1)];
    for (request, fields) in [
        (longest.as_str(), 3),
        (&too_long, 0),
        (&longest[..limit - 1], 0),
        (&longest[..limit - 2], 0),
        (&host("GET /nothing HTTP/1.1", "X: y\r\n"), 2),
        (&host("GET /#f HTTP/1.1", "X: y\r\n"), 0),
        (&host("GET / HTTP/1.1", "X: y\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 0),
    ] {
        let mut slow = ScriptedPeer::sending(request).max_read(1);
        run_script(&mut slow);
        for peer in [refuse(request), slow] {
            let [entry] = peer.log() else { panic!("{:?}", peer.log()) };
            assert_eq!(entry.fields, fields, "{}: {request}", entry.status);
        }
    }
}

#[test]
fn a_rejected_connection_gets_503() {
    let mut peer = ScriptedPeer::sending("");
    let mut buffers = Buffers::<INPUT, OUTPUT>::new();
    run(bantam::reject(&mut peer, &mut buffers.state(), Rejection::Busy)).expect("the stream is sound");
    check(&peer, 503, false);
}

/// Asks for a page that is not there, with this `Accept`.
fn not_found(method: &str, accept: Option<&str>) -> Answer {
    let accept = accept.map(|accept| format!("Accept: {accept}\r\n")).unwrap_or_default();
    let peer = refuse(&host(&format!("{method} /nothing HTTP/1.1"), &accept));
    let answers = read(peer.received(), |_| method == "HEAD").expect("well-formed");
    answers[0].clone()
}

#[test]
fn a_client_that_prefers_json_gets_problem_details() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (accept, is_json) in [
        (None, false),
        (Some(""), false),
        (Some("*/*"), false),
        (Some(browser), false),
        (Some("text/html"), false),
        (Some("text/plain"), false),
        (Some("image/png, */*;q=0.1"), false),
        (Some("application/json, text/html"), false),
        (Some("application/json;q=0.5, text/*;q=0.6"), false),
        (Some("application/json;q=0"), false),
        (Some("application/problem+json;q=0, application/json"), false),
        (Some("application/json"), true),
        (Some("application/problem+json"), true),
        (Some("APPLICATION/JSON ; charset=utf-8"), true),
        (Some("application/json, text/plain, */*;q=0.1"), true),
        (Some("application/*, text/html;q=0.9"), true),
        (Some("*/*, text/html;q=0.9"), true),
        (Some("text/html;q=0.5, application/problem+json;q=0.7"), true),
    ] {
        let (get, head) = (not_found("GET", accept), not_found("HEAD", accept));
        let kind = if is_json { "application/problem+json" } else { "text/html; charset=utf-8" };
        assert_eq!(get.field("content-type"), Some(kind), "{accept:?}");
        assert_eq!(get.field("vary"), Some("Accept"), "{accept:?}");
        assert_eq!((&head.fields, head.body.len()), (&get.fields, 0), "HEAD has the head of GET");
        if is_json {
            let problem: serde_json::Value = serde_json::from_slice(&get.body).expect("JSON");
            let expected = "{'title': 'Not Found', 'status': 404, 'detail': 'There is no such page.'}";
            assert_eq!(
                problem,
                serde_json::from_str::<serde_json::Value>(&expected.replace('\'', "\"")).unwrap()
            );
        }
    }
}

#[test]
fn a_head_that_was_not_understood_has_no_preference() {
    let peer = refuse(&host("GET /#f HTTP/1.1", "Accept: application/json\r\n"));
    check(&peer, 400, false);
    assert!(!peer.text().contains("Vary"), "{}", peer.text());
}

/// Refuses with a sentence that has to be escaped, or with a status that has no name.
struct Quoting;

static QUOTED: Refusal = Refusal::new(Status::CONFLICT).reason("A \"quoted\" \\ and\na line: \u{fc}.");

impl Site for Quoting {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match details.uri.path {
            "/quoted" => Err(details.refuse(&QUOTED)),
            _ => Err(Status::new(499).expect("three digits").into()),
        }
    }
}

fn of_quoting(path: &str, accept: &str) -> Answer {
    let mut peer =
        ScriptedPeer::sending(host(&format!("GET {path} HTTP/1.1"), &format!("Accept: {accept}\r\n")));
    run(serve(&mut peer, &mut Buffers::<512, 1024>::new().state(), &Quoting)).expect("the stream is sound");
    read(peer.received(), |_| false).expect("well-formed")[0].clone()
}

#[test]
fn problem_details_are_json_whatever_the_sentence_is() {
    let problem = |path: &str| {
        let answer = of_quoting(path, "application/json");
        serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON")
    };
    assert_eq!(problem("/quoted")["detail"], "A \"quoted\" \\ and a line: \u{fc}.");
    let unnamed = problem("/");
    assert_eq!((&unnamed["status"], unnamed.get("title")), (&serde_json::json!(499), None));
    let page = of_quoting("/", "text/html").body;
    assert!(String::from_utf8_lossy(&page).contains("<title>499</title>"), "a name of its own");
}

#[test]
fn the_page_is_small_light_and_dark_and_plain_where_memory_is_short() {
    let ask = |state: &mut ConnectionState<'_>, request: &str| {
        let mut peer = ScriptedPeer::sending(request);
        let _ = run(serve(&mut peer, state, &Pages));
        String::from_utf8(read(peer.received(), |_| false).expect("well-formed")[0].body.clone())
            .expect("text")
    };
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(600));
    for request in [&host("POST /get-only HTTP/1.1", ""), &host("GET /nothing HTTP/1.1", ""), &long] {
        let styled = ask(&mut Buffers::<512, 1024>::new().state(), request);
        let plain = ask(&mut Buffers::<512, 420>::new().state(), request);
        for page in [&styled, &plain] {
            assert!(page.len() < 400 && page.starts_with("<!doctype html>"), "{}: {page}", page.len());
            assert!(
                page.contains("color-scheme:light dark") && page.contains("width=device-width"),
                "{page}"
            );
        }
        assert!(styled.contains("#fdf9f3"), "{styled}");
        assert!(plain.len() < 300, "{}: {plain}", plain.len());
    }
}
