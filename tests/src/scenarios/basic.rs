//! One scenario for each feature, with buffers of 512 bytes.

use crate::answers::Framing;
use crate::buffers::BufferSizes;
use crate::environment::peer_addr;
use crate::expected::{answer, ok, refused};
use crate::pages::content::{HELLO, large};
use crate::requests::{chunked, chunks, get, post, request};
use crate::scenario::{End, Scenario, scenario};

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let small = |scenario: Scenario| scenario.with_buffers(BufferSizes::Small);
    [responses(), connections(), targets(), bodies(), refusals()].concat().into_iter().map(small).collect()
}

fn responses() -> Vec<Scenario> {
    let head = |path: &str| request("HEAD", path, "", "");
    let report = format!(
        "method: GET\nversion: Http11\npeer: {}\nauthority: -\npath: /report\nquery: a=b c\nquery: d=&\n\
         header: Host=a\nheader: X=y\n",
        peer_addr()
    );
    vec![
        scenario("silence", ""),
        scenario("one request", get("/")).expects(ok(HELLO)),
        scenario("empty lines first", format!("\r\n\r\n{}\r\n", get("/"))).expects(ok(HELLO)),
        scenario("a pipeline", get("/") + &get("/stream") + &get("/"))
            .expects(ok(HELLO))
            .expects(ok("one two three"))
            .expects(ok(HELLO)),
        scenario("chunks in a pipeline", get("/") + &get("/flushed") + &get("/long-stream"))
            .chunks_vary()
            .expects(ok(HELLO))
            .expects(ok("one two three").framed(Framing::Chunked))
            .expects(ok(large()).framed(Framing::Chunked)),
        scenario("HEAD in a pipeline", head("/") + &head("/stream") + &get("/"))
            .expects(ok("").for_head())
            .expects(ok("").for_head())
            .expects(ok(HELLO)),
        scenario("a large answer", get("/large")).expects(ok(large())),
        scenario("no body", get("/empty") + &get("/")).expects(answer(204, "")).expects(ok(HELLO)),
        scenario("unchanged", get("/not-modified")).expects(answer(304, "")),
        scenario("a pause", get("/pause")).expects(ok("abc")),
        scenario("details", request("GET", "/report?a=b%20c&d=%26", "X: y\r\n", "")).expects(ok(report)),
    ]
}

fn connections() -> Vec<Scenario> {
    let old = |path: &str, fields: &str| format!("GET {path} HTTP/1.0\r\n{fields}\r\n");
    let keep = "Connection: keep-alive\r\n";
    vec![
        scenario("close asked for", request("GET", "/", "Connection: x, Close\r\n", "GET / "))
            .expects(ok(HELLO))
            .ends(End::Left),
        scenario("close by the page", get("/close")).expects(ok("last")).ends(End::Closed),
        scenario("HTTP/1.0", old("/", "")).expects(ok(HELLO)).ends(End::Left),
        scenario("HTTP/1.0 kept", old("/", keep) + &old("/", ""))
            .expects(ok(HELLO))
            .expects(ok(HELLO))
            .ends(End::Left),
        scenario("HTTP/1.0 stream", old("/flushed", keep)).expects(ok("one two three")).ends(End::Closed),
        scenario("HTTP/1.0 kept by a length that no page states", old("/stream", keep) + &old("/stream", ""))
            .expects(ok("one two three"))
            .expects(ok("one two three"))
            .ends(End::Left),
        scenario("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n").expects(ok(HELLO)),
    ]
}

fn targets() -> Vec<Scenario> {
    vec![
        scenario("absolute-form", get("http://b:8/?x=y")).expects(ok(HELLO)),
        scenario("asterisk-form", request("OPTIONS", "*", "", "")).expects(answer(204, "")),
        scenario("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n").expects(ok(HELLO)),
    ]
}

fn bodies() -> Vec<Scenario> {
    let digits = "01234567890123456789";
    let (fits, extended) = ("x".repeat(100), "3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n");
    vec![
        scenario("a body by length", post("/body/echo", digits) + &get("/"))
            .chunks_vary()
            .expects(ok(digits))
            .expects(ok(HELLO)),
        scenario("a body in chunks", chunked("/body/echo", extended) + &get("/"))
            .chunks_vary()
            .expects(ok("abc0123456789"))
            .expects(ok(HELLO)),
        scenario("an empty body", post("/body/echo", "")).expects(ok("")),
        scenario("a body that is not read", post("/", &get("/evil")) + &get("/"))
            .expects(ok(HELLO))
            .expects(ok(HELLO)),
        scenario("a body half read", chunked("/body/half", &chunks("0123456789", 10)) + &get("/"))
            .expects(ok("01234"))
            .expects(ok(HELLO)),
        scenario("a body too long for the page", post("/body/whole", &"x".repeat(101)) + &get("/"))
            .then_declined(413)
            .expects(ok(HELLO)),
        scenario("a body that just fits", post("/body/whole", &fits)).expects(ok(&fits)),
        scenario("a body that ends early", request("POST", "/body/whole", "Content-Length: 5\r\n", "abc"))
            .then_refused(400),
        scenario("a chunk that ends early", chunked("/body/whole", "5\r\nabc")).then_refused(400),
        scenario("a bad chunk", chunked("/body/whole", "3\r\nabcX\r\n0\r\n\r\n") + &get("/"))
            .then_refused(400),
    ]
}

fn refusals() -> Vec<Scenario> {
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    vec![
        scenario("a head that ends early", "GET / HTTP/1.1\r\nHo").then_refused(400),
        scenario("a request behind a bad one", format!("GET /\r\n\r\n{}", get("/"))).then_refused(400),
        scenario("two lengths at once", request("POST", "/", both, "0\r\n\r\n")).then_refused(400),
        scenario("nothing there", get("/nothing") + &get("/")).then_declined(404).expects(ok(HELLO)),
        scenario("a method not allowed", request("DELETE", "/get-only", "", ""))
            .expects(refused(405).field("Allow", "GET, HEAD")),
        scenario("an unknown method", request("BREW", "/", "", "")).then_declined(501),
        scenario("a page without a response", get("/misuse/no-response")).then_declined(500),
        scenario("a page that fails early", get("/misuse/fails-behind-head")).then_declined(400),
        scenario("a second response", get("/misuse/second") + &get("/"))
            .expects(ok("first"))
            .expects(ok(HELLO)),
    ]
}
