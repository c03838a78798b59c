//! Rejections, misuse, unchecked errors and upgrades by pages.
//!
//! Invariant: a failing page gets an error response if none of its response was sent, and is cut off otherwise; no other
//! response changes.

use crate::answers::Framing;
use crate::expected::{answer, ok, refused};
use crate::pages::content::HELLO;
use crate::pages::report::REJECTIONS;
use crate::requests::{get, post, request};
use crate::scenario::{End, Scenario, scenario};

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [rejections(), misuses(), endings(), unchecked(), upgrades()].concat()
}

fn rejections() -> Vec<Scenario> {
    let every = REJECTIONS.map(|(name, rejection)| {
        scenario(format!("a page rejects: {name}"), get("/") + &get(&format!("/reject/{name}")) + &get("/"))
            .expects(ok(HELLO))
            .then_declined(rejection.status().code())
            .expects(ok(HELLO))
    });
    let allow = refused(405).field("Allow", "GET, HEAD");
    every
        .into_iter()
        .chain([
            scenario("405 has Allow", post("/get-only", "x") + &get("/"))
                .expects(allow.clone())
                .expects(ok(HELLO)),
            scenario("405 to HEAD has Allow", request("HEAD", "/get-only", "", "") + &get("/"))
                .expects(allow.for_head())
                .expects(ok(HELLO)),
        ])
        .collect()
}

/// Each is a 500 between two good responses.
fn misuses() -> Vec<Scenario> {
    [
        ("no response is made", "no-response"),
        ("a body is sent before its response", "send-first"),
        ("more is sent than was stated", "too-long"),
        ("less is sent than was stated", "too-short"),
        ("a header value has CR LF in it", "header"),
        ("a header name has CR LF in it", "header-name"),
        ("a page states a length of its own", "reserved"),
        ("a head does not fit the buffer", "large-head"),
        ("204 is given a body", "body-204"),
        ("100 is given as a final answer", "status-100"),
        ("101 without an upgrade request", "status-101"),
        ("600 is no status", "status-600"),
    ]
    .map(|(name, path)| {
        scenario(format!("{name}: 500"), get("/") + &get(&format!("/misuse/{path}")) + &get("/"))
            .expects(ok(HELLO))
            .then_declined(500)
            .expects(ok(HELLO))
    })
    .into()
}

fn endings() -> Vec<Scenario> {
    let wrong = |name: &str, path: &str| {
        scenario(name, get("/") + &get(&format!("/misuse/{path}")) + &get("/")).expects(ok(HELLO))
    };
    let much = "m".repeat(10_001);
    vec![
        wrong("a second response is not sent", "second").expects(ok("first")).expects(ok(HELLO)),
        wrong("bytes beyond the length are not sent", "one-too-many").expects(ok("four")).expects(ok(HELLO)),
        wrong("a body for 304 is not sent", "send-304").expects(answer(304, "")).expects(ok(HELLO)),
        wrong("a large body that is too short is cut off", "much-too-short")
            .expects(ok(&much))
            .ends(End::Cut),
        wrong("a large body that is too long is cut off", "much-too-long").expects(ok(&much)).ends(End::Cut),
        wrong("a page that fails is refused", "fails").then_declined(400).expects(ok(HELLO)),
        wrong("a response that was not sent is rolled back", "fails-behind-head")
            .then_declined(400)
            .expects(ok(HELLO)),
        wrong("a response that was sent in part is cut off", "fails-late")
            .chunks_vary()
            .expects(ok(&much))
            .ends(End::Cut),
        wrong("a complete response is not rolled back", "fails-too-late")
            .expects(ok("all of it"))
            .expects(ok(HELLO)),
        wrong("HTTP is over after the stream was taken", "http-after-low-level")
            .expects(ok(""))
            .ends(End::Dropped),
    ]
}

fn unchecked() -> Vec<Scenario> {
    vec![
        scenario("a second response whose error is ignored", get("/unchecked/second") + &get("/"))
            .expects(ok("first"))
            .expects(ok(HELLO)),
        scenario("a good response after refused ones", get("/unchecked/retry") + &get("/"))
            .expects(ok("at last").framed(Framing::Length(7)))
            .expects(ok(HELLO)),
        scenario(
            "a body that is asked for to its end and beyond",
            post("/unchecked/recv-twice", "abc") + &get("/"),
        )
        .expects(ok("fine"))
        .expects(ok(HELLO)),
    ]
}

fn upgrades() -> Vec<Scenario> {
    let offer =
        |behind: &str| request("GET", "/upgrade", "Upgrade: shout\r\nConnection: x, Upgrade\r\n", behind);
    vec![
        scenario("bytes after an upgrade are not HTTP", get("/") + &offer("abc. GET / HTTP/1.1\r\n\r\n"))
            .expects(ok(HELLO))
            .expects(answer(101, "ABC.").field("Connection", "upgrade").field("Upgrade", "shout"))
            .ends(End::Dropped)
            .chunks_vary(),
        scenario("an upgrade lasts until the peer ends it", offer("to be or not to be"))
            .expects(answer(101, "TO BE OR NOT TO BE"))
            .ends(End::Dropped),
        scenario("an upgrade that is not offered", get("/upgrade")).then_declined(500),
        scenario("an upgrade that is half offered", request("GET", "/upgrade", "Upgrade: shout\r\n", ""))
            .then_declined(500),
        scenario("an offer that is not taken is a request like others", {
            request("GET", "/", "Upgrade: shout\r\nConnection: upgrade\r\n", "") + &get("/")
        })
        .expects(ok(HELLO))
        .expects(ok(HELLO)),
    ]
}
