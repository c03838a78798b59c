//! Law: what a good client asks is answered: in order, on one connection, and as its version wants it.

use super::{get, request};
use crate::answers::Framing;
use crate::pages::{HELLO, large};
use crate::scenario::{End, Room, Scenario, answer, ok, refused, scenario};
use crate::tape::peer;

/// Versions, methods, targets, lengths.
pub(crate) fn all() -> Vec<Scenario> {
    [connections(), versions(), heads(), targets(), lengths()].concat()
}

fn connections() -> Vec<Scenario> {
    let sixteen =
        scenario("16 requests in one piece are answered in order", get("/").repeat(16)).within(Room::Wide);
    vec![
        scenario("a connection is kept after an answer", get("/"))
            .hears(ok(HELLO).framed(Framing::Length(5))),
        scenario(
            "requests are answered in order",
            get("/") + &get("/length") + &get("/empty") + &get("/none"),
        )
        .hears(ok(HELLO))
        .hears(ok("halfhalf"))
        .hears(answer(204, ""))
        .then_refused(404),
        (0..16).fold(sixteen, |scenario, _| scenario.hears(ok(HELLO))),
        scenario(
            "the client ends the connection",
            request("GET", "/", "Connection: x, Close\r\n", "") + &get("/"),
        )
        .hears(ok(HELLO))
        .ends(End::Left),
        scenario("the page ends the connection", get("/close") + &get("/"))
            .hears(ok("last"))
            .ends(End::Closed),
        scenario("the page ends it when its head has been made", get("/close-later") + &get("/"))
            .hears(ok("last"))
            .ends(End::Dropped),
        scenario(
            "empty lines before a request are skipped",
            format!("\r\n\r\n{}\r\n{}", get("/"), get("/empty")),
        )
        .hears(ok(HELLO))
        .hears(answer(204, "")),
        scenario("a page that pauses is heard in full", get("/pause") + &get("/"))
            .hears(ok("abc"))
            .hears(ok(HELLO)),
        scenario("a peer that says nothing hears nothing", ""),
        scenario("a peer that says an empty line hears nothing", "\r\n"),
    ]
}

fn versions() -> Vec<Scenario> {
    let old = |path: &str, fields: &str| format!("GET {path} HTTP/1.0\r\n{fields}\r\n");
    let keep = "Connection: Keep-Alive\r\n";
    vec![
        scenario("1.0 ends after its answer", old("/", "") + &get("/")).hears(ok(HELLO)).ends(End::Left),
        scenario("1.0 may be kept", old("/", keep) + &old("/length", keep))
            .hears(ok(HELLO).field("Connection", "keep-alive"))
            .hears(ok("halfhalf").field("Connection", "keep-alive")),
        scenario("1.0 is told of an unknown length by the close", old("/stream", keep) + &old("/", keep))
            .hears(ok("one two three").framed(Framing::Close))
            .ends(End::Closed),
        scenario("1.0 hears of an answer without a body", old("/empty", keep) + &old("/", ""))
            .hears(answer(204, "").field("Connection", "keep-alive"))
            .hears(ok(HELLO))
            .ends(End::Left),
        scenario("a higher minor version is spoken to as 1.1", "GET /stream HTTP/1.9\r\nHost: a\r\n\r\n")
            .hears(ok("one two three").framed(Framing::Chunked)),
    ]
}

fn heads() -> Vec<Scenario> {
    let head = |path: &str| request("HEAD", path, "", "");
    vec![
        scenario("HEAD hears the length and no body", head("/"))
            .hears(ok("").for_head().framed(Framing::Length(5)).field("Content-Type", "text/plain")),
        scenario(
            "HEAD among others",
            head("/") + &get("/") + &head("/stream") + &get("/stream") + &head("/length"),
        )
        .hears(ok("").for_head().framed(Framing::Length(5)))
        .hears(ok(HELLO))
        .hears(ok("").for_head().framed(Framing::Chunked))
        .hears(ok("one two three").framed(Framing::Chunked))
        .hears(ok("").for_head().framed(Framing::Length(8))),
        scenario(
            "HEAD of what is larger than the buffer",
            head("/large") + &head("/long-stream") + &get("/"),
        )
        .hears(ok("").for_head().framed(Framing::Length(20_000)))
        .hears(ok("").for_head())
        .hears(ok(HELLO)),
        scenario("HEAD of 1.0 of an unknown length", "HEAD /stream HTTP/1.0\r\n\r\n")
            .hears(ok("").for_head().framed(Framing::Close))
            .ends(End::Left),
        scenario("HEAD of a page that is not there", head("/none"))
            .hears(refused(404).for_head())
            .ends(End::Closed),
        scenario("HEAD that is refused for its head", "HEAD / HTTP/1.1\r\n\r\n")
            .hears(refused(400).for_head())
            .ends(End::Closed),
    ]
}

fn targets() -> Vec<Scenario> {
    let report = |first: &str, authority: &str, path: &str, query: &str, host: &str| {
        let peer = peer();
        format!(
            "method: {first}\nversion: Http11\npeer: {peer}\nauthority: {authority}\npath: {path}\n{query}header: Host={host}\n"
        )
    };
    let whole = format!(
        "{}header: X=y  z\nheader: x=\n",
        report("PUT", "-", "/report", "query: a=b c\nquery: d=\n", "a")
    );
    vec![
        scenario("a page is told everything", request("PUT", "/report?a=b+c&d", "X:  y  z\t\r\nx:\r\n", ""))
            .hears(ok(whole)),
        scenario("absolute-form wins over Host", "GET http://b:80/report HTTP/1.1\r\nHost: a\r\n\r\n")
            .hears(ok(report("GET", "b:80", "/report", "", "a"))),
        scenario("a path is not decoded for its page", request("GET", "/%72eport", "", "")).then_refused(404),
        scenario("OPTIONS of the whole server", request("OPTIONS", "*", "", "")).hears(answer(204, "")),
        scenario("an empty Host is a Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n").hears(ok(HELLO)),
    ]
}

fn lengths() -> Vec<Scenario> {
    let large = large();
    vec![
        scenario("a body larger than the buffer", get("/large") + &get("/"))
            .hears(ok(&large).framed(Framing::Length(20_000)))
            .hears(ok(HELLO)),
        scenario("a body larger than the smallest buffer", get("/large"))
            .within(Room::Narrow)
            .hears(ok(&large)),
        scenario("many pieces of an unknown length", get("/long-stream") + &get("/"))
            .streams()
            .hears(ok(&large).framed(Framing::Chunked))
            .hears(ok(HELLO)),
        scenario("many pieces through the smallest buffer", get("/") + &get("/long-stream") + &get("/"))
            .within(Room::Narrow)
            .streams()
            .hears(ok(HELLO))
            .hears(ok(&large).framed(Framing::Chunked))
            .hears(ok(HELLO)),
        scenario("pieces of a known length", get("/length")).hears(ok("halfhalf").framed(Framing::Length(8))),
        scenario("304 has no body and no length", get("/not-modified") + &get("/"))
            .hears(answer(304, "").framed(Framing::Bodiless))
            .hears(ok(HELLO)),
    ]
}
