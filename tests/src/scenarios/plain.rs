//! Well-formed requests: connections, versions, HEAD, targets, lengths.

use crate::answers::Framing;
use crate::buffers::BufferSizes;
use crate::environment::peer_addr;
use crate::expected::{answer, ok, refused};
use crate::pages::content::{HELLO, large};
use crate::requests::{get, request};
use crate::scenario::{End, Scenario, scenario};

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [connections(), versions(), heads(), targets(), lengths()].concat()
}

fn connections() -> Vec<Scenario> {
    let sixteen = scenario("16 requests in one piece are answered in order", get("/").repeat(16))
        .with_buffers(BufferSizes::Wide);
    vec![
        scenario("a connection is kept after an answer", get("/"))
            .expects(ok(HELLO).framed(Framing::Length(5))),
        scenario(
            "requests are answered in order",
            get("/") + &get("/length") + &get("/empty") + &get("/none") + &get("/"),
        )
        .expects(ok(HELLO))
        .expects(ok("halfhalf"))
        .expects(answer(204, ""))
        .then_declined(404)
        .expects(ok(HELLO)),
        (0..16).fold(sixteen, |scenario, _| scenario.expects(ok(HELLO))),
        scenario(
            "the client ends the connection",
            request("GET", "/", "Connection: x, Close\r\n", "") + &get("/"),
        )
        .expects(ok(HELLO))
        .ends(End::Left),
        scenario(
            "the client ends the connection with a request that is declined",
            request("GET", "/none", "Connection: close\r\n", "") + &get("/"),
        )
        .expects(refused(404))
        .ends(End::Left),
        scenario("the page ends the connection", get("/close") + &get("/"))
            .expects(ok("last"))
            .ends(End::Closed),
        scenario("the page ends it when its head has been made", get("/close-later") + &get("/"))
            .expects(ok("last"))
            .ends(End::Dropped),
        scenario(
            "empty lines before a request are skipped",
            format!("\r\n\r\n{}\r\n{}", get("/"), get("/empty")),
        )
        .expects(ok(HELLO))
        .expects(answer(204, "")),
        scenario("a page that pauses sends its whole response", get("/pause") + &get("/"))
            .expects(ok("abc"))
            .expects(ok(HELLO)),
        scenario("no bytes get no response", ""),
        scenario("an empty line gets no response", "\r\n"),
    ]
}

fn versions() -> Vec<Scenario> {
    let old = |path: &str, fields: &str| format!("GET {path} HTTP/1.0\r\n{fields}\r\n");
    let keep = "Connection: Keep-Alive\r\n";
    vec![
        scenario("1.0 ends after its answer", old("/", "") + &get("/")).expects(ok(HELLO)).ends(End::Left),
        scenario("1.0 may be kept", old("/", keep) + &old("/length", keep))
            .expects(ok(HELLO).field("Connection", "keep-alive"))
            .expects(ok("halfhalf").field("Connection", "keep-alive")),
        scenario("1.0 gets an unknown length by the close", old("/flushed", keep) + &old("/", keep))
            .expects(ok("one two three").framed(Framing::Close))
            .ends(End::Closed),
        scenario(
            "1.0 gets by the close what the buffer does not hold",
            old("/long-stream", keep) + &old("/", keep),
        )
        .expects(ok(large()).framed(Framing::Close))
        .ends(End::Closed),
        scenario(
            "1.0 may be kept behind a length that its page does not state",
            old("/stream", keep) + &old("/", ""),
        )
        .expects(ok("one two three").framed(Framing::Length(13)).field("Connection", "keep-alive"))
        .expects(ok(HELLO))
        .ends(End::Left),
        scenario("1.0 gets a response without a body", old("/empty", keep) + &old("/", ""))
            .expects(answer(204, "").field("Connection", "keep-alive"))
            .expects(ok(HELLO))
            .ends(End::Left),
        scenario("1.0 may be kept behind a refusal", old("/none", keep) + &old("/", ""))
            .expects(refused(404).field("Connection", "keep-alive"))
            .expects(ok(HELLO))
            .ends(End::Left),
        scenario("1.0 ends after a refusal", old("/none", "") + &old("/", ""))
            .expects(refused(404).field("Connection", "close"))
            .ends(End::Left),
        scenario("a higher minor version gets 1.1", "GET /stream HTTP/1.9\r\nHost: a\r\n\r\n")
            .expects(ok("one two three").framed(Framing::Length(13))),
        scenario("a flush comes before the length is known", get("/flushed") + &get("/"))
            .expects(ok("one two three").framed(Framing::Chunked))
            .expects(ok(HELLO)),
    ]
}

fn heads() -> Vec<Scenario> {
    let head = |path: &str| request("HEAD", path, "", "");
    vec![
        scenario("HEAD gets the length and no body", head("/"))
            .expects(ok("").for_head().framed(Framing::Length(5)).field("Content-Type", "text/plain")),
        scenario(
            "HEAD among others",
            head("/") + &get("/") + &head("/stream") + &get("/stream") + &head("/length"),
        )
        .expects(ok("").for_head().framed(Framing::Length(5)))
        .expects(ok(HELLO))
        .expects(ok("").for_head().framed(Framing::Length(13)))
        .expects(ok("one two three").framed(Framing::Length(13)))
        .expects(ok("").for_head().framed(Framing::Length(8))),
        scenario("HEAD of chunks", head("/flushed") + &get("/flushed"))
            .expects(ok("").for_head().framed(Framing::Chunked))
            .expects(ok("one two three").framed(Framing::Chunked)),
        scenario("HEAD of a body larger than the buffer", head("/large") + &head("/long-stream") + &get("/"))
            .expects(ok("").for_head().framed(Framing::Length(20_000)))
            .expects(ok("").for_head().framed(Framing::Chunked))
            .expects(ok(HELLO)),
        scenario("HEAD of 1.0 of an unknown length", "HEAD /flushed HTTP/1.0\r\n\r\n")
            .expects(ok("").for_head().framed(Framing::Close))
            .ends(End::Left),
        scenario("HEAD of a page that is not there", head("/none") + &get("/"))
            .expects(refused(404).for_head())
            .expects(ok(HELLO)),
        scenario("HEAD that is refused for its head", "HEAD / HTTP/1.1\r\n\r\n")
            .expects(refused(400).for_head())
            .ends(End::Closed),
    ]
}

fn targets() -> Vec<Scenario> {
    let report = |first: &str, authority: &str, path: &str, query: &str, host: &str| {
        let peer = peer_addr();
        format!(
            "method: {first}\nversion: Http11\npeer: {peer}\nauthority: {authority}\npath: {path}\n{query}header: Host={host}\n"
        )
    };
    let whole = format!(
        "{}header: X=y  z\nheader: x=\n",
        report("PUT", "-", "/report", "query: a=b c\nquery: d=\n", "a")
    );
    vec![
        scenario(
            "a page gets all request details",
            request("PUT", "/report?a=b+c&d", "X:  y  z\t\r\nx:\r\n", ""),
        )
        .expects(ok(whole)),
        scenario("absolute-form wins over Host", "GET http://b:80/report HTTP/1.1\r\nHost: a\r\n\r\n")
            .expects(ok(report("GET", "b:80", "/report", "", "a"))),
        scenario("a path is not decoded for its page", request("GET", "/%72eport", "", ""))
            .then_declined(404),
        scenario("OPTIONS of the whole server", request("OPTIONS", "*", "", "")).expects(answer(204, "")),
        scenario("an empty Host is a Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n").expects(ok(HELLO)),
    ]
}

fn lengths() -> Vec<Scenario> {
    let large = large();
    vec![
        scenario("a body larger than the buffer", get("/large") + &get("/"))
            .expects(ok(&large).framed(Framing::Length(20_000)))
            .expects(ok(HELLO)),
        scenario("a body larger than the smallest buffer", get("/large"))
            .with_buffers(BufferSizes::Narrow)
            .expects(ok(&large)),
        scenario("many pieces of an unknown length", get("/long-stream") + &get("/"))
            .chunks_vary()
            .expects(ok(&large).framed(Framing::Chunked))
            .expects(ok(HELLO)),
        scenario("many pieces through the smallest buffer", get("/") + &get("/long-stream") + &get("/"))
            .with_buffers(BufferSizes::Narrow)
            .chunks_vary()
            .expects(ok(HELLO))
            .expects(ok(&large).framed(Framing::Chunked))
            .expects(ok(HELLO)),
        scenario("pieces of a known length", get("/length"))
            .expects(ok("halfhalf").framed(Framing::Length(8))),
        scenario("304 has no body and no length", get("/not-modified") + &get("/"))
            .expects(answer(304, "").framed(Framing::Bodiless))
            .expects(ok(HELLO)),
    ]
}
