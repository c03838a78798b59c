//! Field lines (RFC 9112 section 5).
//!
//! Invariant: only `name ":" OWS value OWS CR LF` is accepted, with one valid Host.

use crate::expected::ok;
use crate::pages::content::HELLO;
use crate::requests::get;
use crate::scenario::{Scenario, scenario};

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [refusals(), allowed()].concat()
}

fn refusals() -> Vec<Scenario> {
    let rows: [(&str, &[u8]); 34] = [
        ("a space before the colon", b"Host: a\r\nX : y\r\n"),
        ("a tab before the colon", b"Host: a\r\nX\t: y\r\n"),
        ("a space before the colon of a length", b"Host: a\r\nContent-Length : 5\r\n"),
        ("a space before the first name", b" Host: a\r\n"),
        ("a space before a name", b"Host: a\r\n X: y\r\n"),
        ("a folded value", b"Host: a\r\nX: y\r\n z\r\n"),
        ("a value folded by a tab", b"Host: a\r\nX: y\r\n\tz\r\n"),
        ("CR in a value", b"Host: a\r\nX: y\rz\r\n"),
        ("CR CR LF", b"Host: a\r\nX: y\r\r\n"),
        ("LF for a line end", b"Host: a\r\nX: y\nZ: z\r\n"),
        ("NUL in a value", b"Host: a\r\nX: y\0z\r\n"),
        ("NUL in a name", b"Host: a\r\nX\0: y\r\n"),
        ("DEL in a value", b"Host: a\r\nX: \x7f\r\n"),
        ("a bell in a value", b"Host: a\r\nX: \x07\r\n"),
        ("a vertical tab in a value", b"Host: a\r\nX: \x0b\r\n"),
        ("an empty name", b"Host: a\r\n: y\r\n"),
        ("no colon", b"Host: a\r\nX\r\n"),
        ("no colon but a space", b"Host: a\r\nX y\r\n"),
        ("a name that is no token", b"Host: a\r\nX[]: y\r\n"),
        ("a name beyond ASCII", b"Host: a\r\n\xc3\xa9: y\r\n"),
        ("a quoted name", b"Host: a\r\n\"X\": y\r\n"),
        ("no Host", b"X: y\r\n"),
        ("no field at all", b""),
        ("two Hosts", b"Host: a\r\nHost: b\r\n"),
        ("the same Host twice", b"Host: a\r\nhost: a\r\n"),
        ("an empty Host and another", b"Host:\r\nHost: a\r\n"),
        ("a Host with a space", b"Host: a b\r\n"),
        ("a list of Hosts", b"Host: a, b\r\n"),
        ("a Host with a path", b"Host: a/b\r\n"),
        ("a Host with a user", b"Host: u@a\r\n"),
        ("a Host with a port beyond all", b"Host: a:65536\r\n"),
        ("a Host with a port of letters", b"Host: a:b\r\n"),
        ("a Host with a broken address", b"Host: [::1\r\n"),
        ("a Host with a scheme", b"Host: http://a\r\n"),
    ];
    rows.map(|(name, fields)| {
        let behind = get("/");
        let parts: [&[u8]; 4] = [b"GET / HTTP/1.1\r\n", fields, b"\r\n", behind.as_bytes()];
        scenario(name, parts.concat()).then_refused(400)
    })
    .into()
}

fn allowed() -> Vec<Scenario> {
    let rows: [(&str, &[u8]); 9] = [
        ("a value with bytes beyond ASCII", b"Host: a\r\nX: \xc3\xa9\xff\r\n"),
        ("a value with tabs in it", b"Host: a\r\nX:\ty\tz\t\r\n"),
        ("an empty value", b"Host: a\r\nX:\r\n"),
        ("a value with a colon", b"Host: a\r\nX: :y:\r\n"),
        ("a name of every kind of character", b"Host: a\r\n!#$%&'*+-.^_`|~09azAZ: y\r\n"),
        ("a Host with a port", b"Host: a:8080\r\n"),
        ("a Host that is an address", b"Host: [::1]:8080\r\n"),
        ("a Host with an empty port", b"Host: a:\r\n"),
        ("a Host in any case", b"hOsT:a\r\n"),
    ];
    rows.map(|(name, fields)| {
        let behind = get("/");
        let parts: [&[u8]; 4] = [b"GET / HTTP/1.1\r\n", fields, b"\r\n", behind.as_bytes()];
        scenario(name, parts.concat()).expects(ok(HELLO)).expects(ok(HELLO))
    })
    .into()
}
