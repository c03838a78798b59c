//! Pages that read queries, forms, cookies and credentials, and set cookies.
//! Invariant: an input that is missing or not valid is 400 with a sentence, and the connection persists.

use bantam::wire::{SameSite, SetCookie, Status};
use bantam::{Connection, Fault, Misuse, Rejection, RequestDetails, Response, Site, escape, serve};
use bantam_tests::answers::{Answer, read};
use bantam_tests::executor::run;
use bantam_tests::requests::{get, post, request};
use bantam_tests::script::ScriptedPeer;

struct App;

impl Site for App {
    bantam::routes! {
        GET "/sum" => sum,
        POST "/note" => note,
        GET "/visit" => visit,
        GET "/secret" => secret,
        GET "/cookie" => cookie,
    }
}

async fn say<C: Connection>(details: &mut RequestDetails<'_, C>, text: &str) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(text.as_bytes())).await
}

async fn sum<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let query = details.query();
    let (a, b) = (query.get::<u32>("a")?, query.opt::<i64>("b")?.unwrap_or(10));
    say(details, &format!("{}", i64::from(a) + b)).await
}

async fn note<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 32];
    let form = details.form(&mut memory).await?;
    let (title, times) = (form.text("title", &mut [0; 16])?.to_owned(), form.get::<u8>("times")?);
    say(details, &format!("{}: {times}", escape(title))).await
}

async fn visit<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let visits =
        details.headers.cookie("visits").and_then(|visits| visits.parse::<u32>().ok()).unwrap_or(0) + 1;
    let text = visits.to_string();
    let cookie = SetCookie::new("visits", &text).path("/").same_site(SameSite::Lax).to_field::<64>()?;
    let fields = [("Set-Cookie", &*cookie)];
    details.connection.make_response(Response::new(Status::OK).headers(&fields).body(text.as_bytes())).await
}

async fn secret<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let headers = &details.headers;
    let is_known = headers.basic_auth().is_some_and(|sent| sent.matches("ada", "pass:word"))
        || headers.bearer().is_some_and(|token| token.matches("mF_9.B5f"));
    say(details, if is_known { "known" } else { "unknown" }).await
}

async fn cookie<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 64];
    let value = details.query().text("value", &mut memory)?;
    let cookie = SetCookie::new("a", value).to_field::<16>()?;
    details
        .connection
        .make_response(Response::new(Status::OK).headers(&[("Set-Cookie", &cookie)]).body(b""))
        .await
}

/// The answer to `asked`, whose connection then answers another request.
fn ask(asked: &str) -> (Answer, Option<Fault>) {
    let mut peer = ScriptedPeer::sending(format!("{asked}{}", get("/sum?a=1")));
    let mut buffers = bantam::Buffers::<1024, 512>::new();
    run(serve(&mut peer, &mut buffers.state(), &App)).expect("the stream is sound");
    let answers = read(peer.received(), |_| false).expect("well-formed");
    let [answer, next] = &answers[..] else { panic!("{}", peer.text()) };
    assert_eq!((next.status, &next.body[..]), (200, &b"11"[..]));
    (answer.clone(), peer.log()[0].fault)
}

#[track_caller]
fn check(asked: &str, body: &str) {
    let (answer, fault) = ask(asked);
    let text = String::from_utf8(answer.body).expect("UTF-8");
    assert_eq!((answer.status, text.as_str(), fault), (200, body, None), "{asked}");
}

#[track_caller]
fn check_refused(asked: &str, rejection: Rejection) {
    let (answer, fault) = ask(asked);
    assert_eq!(
        (answer.status, fault),
        (rejection.status().code(), Some(Fault::Rejection(rejection))),
        "{asked}"
    );
    let text = String::from_utf8(answer.body).expect("UTF-8");
    assert!(text.contains(rejection.reason()), "{text}");
}

#[test]
fn a_value_of_the_query_is_parsed_or_400() {
    check(&get("/sum?a=1&b=2"), "3");
    check(&get("/sum?b=%2d2&a=%37"), "5");
    for query in ["?a=1", "?a=1&b=", "?a=1&b"] {
        check(&get(&format!("/sum{query}")), "11");
    }
    for query in ["", "?", "?b=1", "?a=", "?a=x", "?a=-1", "?a=4294967296", "?a=1&b=x", "?a=%ff", "?a=+1"] {
        check_refused(&get(&format!("/sum{query}")), Rejection::BadInput);
    }
}

#[test]
fn a_value_of_a_form_is_decoded_and_parsed_or_refused() {
    check(&post("/note", "title=a+%3Cb%3E&times=7"), "a &lt;b&gt;: 7");
    for form in ["", "title=a", "times=7", "title=a&times=256", "title=%ff&times=1", "{\"title\": 1}"] {
        check_refused(&post("/note", form), Rejection::BadInput);
    }
    check_refused(&post("/note", &format!("title={}", "a".repeat(32))), Rejection::ContentTooLarge);
}

#[test]
fn a_cookie_is_read_and_set() {
    for (sent, visits) in [("", "1"), ("Cookie: visits=1\r\n", "2"), ("Cookie: a=b; visits=\"41\"\r\n", "42")]
    {
        let (answer, _) = ask(&request("GET", "/visit", sent, ""));
        let expected = format!("visits={visits}; Path=/; SameSite=Lax");
        assert_eq!((answer.status, answer.field("set-cookie")), (200, Some(&expected[..])), "{sent}");
    }
}

#[test]
fn credentials_are_compared() {
    for (sent, text) in [
        ("", "unknown"),
        ("Authorization: Basic YWRhOnBhc3M6d29yZA==\r\n", "known"),
        ("Authorization: Basic YWRhOnBhc3M=\r\n", "unknown"),
        ("Authorization: Bearer mF_9.B5f\r\n", "known"),
        ("Authorization: Bearer mF_9\r\n", "unknown"),
    ] {
        check(&request("GET", "/secret", sent, ""), text);
    }
}

#[test]
fn a_cookie_that_breaks_a_rule_or_does_not_fit_is_a_misuse_of_the_page() {
    assert_eq!(ask(&get("/cookie?value=b")).0.field("set-cookie"), Some("a=b"));
    for value in ["b%3B+Path=/", "b%0d%0aX:y", "%22b%22"] {
        let (answer, fault) = ask(&get(&format!("/cookie?value={value}")));
        assert_eq!((answer.status, fault), (500, Some(Fault::Misuse(Misuse::BadHeader))), "{value}");
    }
    let (answer, fault) = ask(&get("/cookie?value=0123456789abcdef"));
    assert_eq!((answer.status, fault), (500, Some(Fault::Misuse(Misuse::HeadTooLarge))));
}
