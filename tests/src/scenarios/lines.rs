//! Request lines (RFC 9112 section 3).
//!
//! Invariant: only `method SP target SP version` is accepted.

use crate::buffers::BufferSizes;
use crate::expected::{ok, refused};
use crate::pages::content::HELLO;
use crate::requests::{get, request};
use crate::scenario::{End, Scenario, scenario};

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [refusals(), methods(), long()].concat()
}

/// What is understood, and for nothing here: a good request follows each, and gets its response.
fn methods() -> Vec<Scenario> {
    [("an unknown method", "BREW"), ("a method in lower case", "get")]
        .map(|(name, method)| {
            scenario(name, request(method, "/", "Content-Length: 3\r\n", "abc") + &get("/"))
                .then_declined(501)
                .expects(ok(HELLO))
        })
        .into()
}

/// A good request follows each, and gets no response.
fn refusals() -> Vec<Scenario> {
    let rows: [(&str, &[u8], u16); 35] = [
        ("the method is no token", b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no method", b" / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("two spaces before the target", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("two spaces before the version", b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a space behind the version", b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        ("a tab for a space", b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no target", b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no version", b"GET /\r\nHost: a\r\n\r\n", 400),
        ("a space before the method", b"\r\n GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a version of letters", b"GET / HTTP/x.y\r\nHost: a\r\n\r\n", 400),
        ("a version of lower case", b"GET / http/1.1\r\nHost: a\r\n\r\n", 400),
        ("a version without a minor", b"GET / HTTP/1\r\nHost: a\r\n\r\n", 400),
        ("a version of three digits", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
        ("a version of two majors", b"GET / HTTP/11.1\r\nHost: a\r\n\r\n", 400),
        ("a version with a comma", b"GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400),
        ("another protocol", b"GET / FTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("HTTP/9.9", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
        ("HTTP/0.9", b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("NUL in the target", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("NUL in the method", b"G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CR in the target", b"GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a line end of LF alone", b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
        ("a line end of CR alone", b"GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
        ("LF alone before a request", b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CR alone before a request", b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a byte beyond ASCII in the target", b"GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a fragment in the target", b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a broken escape in the target", b"GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a target without a slash", b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("an asterisk that is not for OPTIONS", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("absolute-form without a host", b"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("absolute-form of another scheme", b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT is for proxies", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501),
    ];
    rows.map(|(name, bad, status)| {
        scenario(name, [get("/").as_bytes(), bad, get("/").as_bytes()].concat())
            .expects(ok(HELLO))
            .then_refused(status)
    })
    .into()
}

fn long() -> Vec<Scenario> {
    let limit = BufferSizes::Usual.head_limit();
    let line_of = |n: usize| format!("GET /report?{} HTTP/1.1\r\n", "q".repeat(n - 23));
    let head_of = |n: usize| {
        let bare = request("GET", "/", "X: \r\n", "").len();
        request("GET", "/", &format!("X: {}\r\n", "x".repeat(n - bare)), "")
    };
    let many = "X: y\r\n".repeat(limit);
    vec![
        scenario("a head of just the limit", head_of(limit) + &get("/"))
            .expects(ok(HELLO))
            .expects(ok(HELLO)),
        scenario("a head one longer", head_of(limit + 1) + &get("/")).then_refused(431),
        scenario("a head after another, of just the limit", get("/") + &head_of(limit) + &get("/"))
            .expects(ok(HELLO))
            .expects(ok(HELLO))
            .expects(ok(HELLO)),
        scenario("many fields", request("GET", "/", &many, "")).then_refused(431),
        scenario("a target that is too long", line_of(limit + 1) + "Host: a\r\n\r\n").then_refused(414),
        scenario("a target without an end", format!("GET /{}", "a".repeat(5_000))).then_refused(414),
        scenario("a line that just fits, without space for a Host", line_of(limit) + "Host: a\r\n\r\n")
            .then_refused(431),
        scenario("a method without an end", "G".repeat(5_000)).then_refused(501),
        scenario("empty lines without an end", "\r\n".repeat(5_000)).then_refused(414),
        scenario("HEAD of a target that is too long", format!("HEAD /{}", "a".repeat(5_000)))
            .expects(refused(414).for_head())
            .ends(End::Closed),
    ]
}
