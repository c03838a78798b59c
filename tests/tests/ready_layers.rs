//! The layers that are ready-made.

use std::cell::Cell;
use std::future::{pending, ready};
use std::time::Duration;

use bantam::layers::{BodyLimit, CacheControl, CacheRule, RequestId, SecurityHeaders, TimeLimit};
use bantam::wire::Status;
use bantam::{Buffers, Connection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::{Answer, read};
use bantam_tests::every_way::in_every_way;
use bantam_tests::executor::run;
use bantam_tests::requests::{chunked, chunks, get, post, request};
use bantam_tests::script::ScriptedPeer;

struct Pages;

impl Site for Pages {
    bantam::routes! {
        GET|POST "/echo" => echo,
        GET "/style.css" => style,
        GET "/assets/{*path}" => style,
        GET "/own" => own,
        GET "/wait" => wait,
        GET "/wait-later" => wait_later,
    }
}

async fn echo<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 64];
    let body = details.body(&mut memory).await?;
    details.connection.make_response(Response::new(Status::OK).body(body)).await
}

async fn style<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(b"a {}")).await
}

async fn own<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let fields = [("cache-control", "no-store"), ("referrer-policy", "no-referrer")];
    details.connection.make_response(Response::new(Status::OK).headers(&fields).body(b"")).await
}

async fn wait<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK)).await?;
    details.connection.send(b"not yet").await?;
    pending().await
}

async fn wait_later<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK)).await?;
    details.connection.send(b"begun").await?;
    details.connection.pause(Duration::ZERO).await?;
    pending().await
}

fn ask<S: Site>(site: &S, requests: &str) -> Vec<Answer> {
    let mut peer = ScriptedPeer::sending(requests);
    run(serve(&mut peer, &mut Buffers::<1024, 512>::new().state(), site)).expect("the stream is sound");
    read(peer.received(), |_| false).unwrap_or_else(|flaw| panic!("{flaw:?} in {}", peer.text()))
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[test]
fn a_body_limit_refuses_by_length_and_by_counting_and_the_connection_goes_on() {
    let site = Pages.layer(BodyLimit::new(5));
    let requests = post("/echo", "12345") + &post("/echo", "123456") + &get("/echo");
    assert_eq!(statuses(&in_every_way(&site, &requests, |_| false)), [200, 413, 200]);
    for (body, status) in [("12345", 200), ("123456", 413)] {
        let answers = in_every_way(&site, &chunked("/echo", &chunks(body, 3)), |_| false);
        assert_eq!((statuses(&answers), answers[0].closes()), (vec![status], status == 413));
    }
    let nested = Pages.layer(BodyLimit::new(50)).layer(BodyLimit::new(5));
    assert_eq!(statuses(&ask(&nested, &chunked("/echo", &chunks("123456", 6)))), [413], "it is never raised");
}

#[test]
fn cache_control_goes_by_prefix_and_suffix_and_never_to_refusals() {
    const RULES: [CacheRule; 2] =
        [CacheRule::prefix("/assets/", "immutable"), CacheRule::suffix(".css", "max-age=60")];
    let site = Pages.layer(CacheControl::new(&RULES));
    for (path, value) in [
        ("/style.css", Some("max-age=60")),
        ("/style.css?x", Some("max-age=60")),
        ("/assets/a.css", Some("immutable")),
        ("/echo", None),
        ("/own", Some("no-store")),
        ("/nothing.css", None),
    ] {
        assert_eq!(ask(&site, &get(path))[0].field("cache-control"), value, "{path}");
    }
}

#[test]
fn security_headers_are_in_every_response_and_a_page_has_the_last_word() {
    let layer = SecurityHeaders::new().frame_options("DENY").content_security_policy("default-src 'self'");
    let site = Pages.layer(layer.strict_transport_security("max-age=5"));
    for (request, policy) in [
        (get("/echo"), "same-origin"),
        (get("/own"), "no-referrer"),
        (get("/nothing"), "same-origin"),
        (request("OPTIONS", "/own", "", ""), "same-origin"),
        ("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "same-origin"),
    ] {
        let [answer] = &ask(&site, &request)[..] else { panic!("{request}") };
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", policy),
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'self'"),
            ("strict-transport-security", "max-age=5"),
        ] {
            let found: Vec<_> =
                answer.fields.iter().filter(|field| field.0.eq_ignore_ascii_case(name)).collect();
            assert!(matches!(found[..], [(_, only)] if only == value), "{name}: {found:?}");
        }
    }
}

#[test]
fn a_request_id_is_a_number_or_what_the_client_says_if_that_is_valid() {
    let number = Cell::new(0xabc);
    let next = || number.replace(number.get() + 1);
    let ask_with = |id: &str, takes_clients: bool| {
        let layer = RequestId::new(next);
        let request = request("GET", "/echo", &format!("X-Request-Id: {id}\r\n"), "");
        let answers = match takes_clients {
            true => ask(&Pages.layer(layer.or_of_client()), &request),
            false => ask(&Pages.layer(layer), &request),
        };
        answers[0].field("x-request-id").expect("an id").to_owned()
    };
    assert_eq!(ask_with("a-1_2.Z", true), "a-1_2.Z");
    assert_eq!(ask_with(&"x".repeat(64), true), "x".repeat(64));
    assert_eq!(ask_with("a-1_2.Z", false), "0000000000000abc");
    for (number, bad) in (0xabd..).zip(["", "a b", "a,b", "<x>", &"x".repeat(65)]) {
        assert_eq!(ask_with(bad, true), format!("{number:016x}"), "{bad}");
    }
}

#[test]
fn a_page_that_takes_too_long_is_503_and_the_connection_goes_on() {
    let site = Pages.layer(TimeLimit::new(|| ready(())));
    let answers = ask(&site, &(get("/wait") + &get("/style.css")));
    assert_eq!((statuses(&answers), answers[0].field("retry-after")), (vec![503, 200], Some("1")));
    let mut peer = ScriptedPeer::sending(get("/wait-later") + &get("/style.css"));
    run(serve(&mut peer, &mut Buffers::<1024, 512>::new().state(), &site)).expect("the stream is sound");
    assert!(
        peer.text().starts_with("HTTP/1.1 200 OK\r\n") && peer.text().ends_with("begun\r\n"),
        "{}",
        peer.text()
    );
}

#[test]
fn a_page_within_its_time_is_not_changed() {
    let site = Pages.layer(TimeLimit::new(pending));
    let requests = post("/echo", "12345") + &get("/style.css") + &get("/nothing");
    assert_eq!(statuses(&in_every_way(&site, &requests, |_| false)), [200, 200, 404]);
}
