//! Persistence and pipelines (RFC 9112 section 9, RFC 9110 section 7.6.1).
//!
//! Invariant: responses are sent in the order of their requests.

use super::case::{Case, get_file};
use crate::requests::request;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    let of = |version: &str, fields: &str| {
        let sent = format!("GET /robots.txt HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
        (format!("{version} with {fields:?}"), sent)
    };
    let kept = KEPT.iter().map(|(version, fields)| {
        let (name, sent) = of(version, fields);
        Case::answered(name, sent, 200)
    });
    let closed = CLOSED.iter().map(|(version, fields)| {
        let (name, sent) = of(version, fields);
        Case::closes(name, sent, 200)
    });
    kept.chain(closed).chain(pipelines()).collect()
}

const KEPT: &[(&str, &str)] = &[
    ("1.1", "Connection: keep-alive\r\n"),
    ("1.1", "Connection: Keep-Alive, TE\r\n"),
    ("1.1", "Connection:\r\n"),
    ("1.1", "Connection: ,\r\n"),
    ("1.1", "Connection: closed\r\n"),
    ("1.1", "Connection: close-not\r\n"),
    ("1.1", "Connection: X\r\nX: close\r\n"),
    ("1.1", "Connection: \"close\"\r\n"),
    ("1.1", "Connection: @()\r\n"),
    ("1.2", "X: y\r\n"),
    ("1.0", "Connection: keep-alive\r\n"),
    ("1.0", "Connection: KEEP-ALIVE\r\n"),
    ("1.0", "Connection: x, keep-alive\r\n"),
    ("1.0", "Connection: x\r\nConnection: keep-alive\r\n"),
];

const CLOSED: &[(&str, &str)] = &[
    ("1.1", "Connection: close\r\n"),
    ("1.1", "connection:CLOSE\r\n"),
    ("1.1", "Connection: Close\t\r\n"),
    ("1.1", "Connection: x, close\r\n"),
    ("1.1", "Connection: close, x\r\n"),
    ("1.1", "Connection: ,,close,,\r\n"),
    ("1.1", "Connection: keep-alive, close\r\n"),
    ("1.1", "Connection: close\r\nConnection: keep-alive\r\n"),
    ("1.1", "Connection: keep-alive\r\nConnection: close\r\n"),
    ("1.9", "Connection: close\r\n"),
    ("1.0", "X: y\r\n"),
    ("1.0", "Connection: close\r\n"),
    ("1.0", "Connection: keep-alive, close\r\n"),
    ("1.0", "Connection: keepalive\r\n"),
    ("1.0", "Connection: upgrade\r\nUpgrade: h2c\r\n"),
    ("1.0", "Keep-Alive: timeout=5\r\n"),
];

fn pipelines() -> Vec<Case> {
    let head = request("HEAD", "/robots.txt", "", "");
    let post = request("POST", "/echo", "Content-Length: 5\r\n", "hello");
    let options = request("OPTIONS", "*", "", "");
    let known = get_file("If-None-Match: *\r\n");
    let missing = request("GET", "/none", "", "");
    let broken = get_file("X : y\r\n");
    let new =
        |name: &str, parts: &[&str], statuses: &[u16], kept| Case::new(name, parts.concat(), statuses, kept);
    let file = &*get_file("");
    vec![
        new("nothing but the probe", &[], &[], true),
        new("ten requests", &[&file.repeat(10)], &[200; 10], true),
        new("empty lines between requests", &[file, "\r\n", file, "\r\n\r\n"], &[200, 200], true),
        new("HEAD before GET", &[&head, file], &[200, 200], true).heads(&[0]),
        new("HEAD between GETs", &[file, &head, file], &[200; 3], true).heads(&[1]),
        new("a body between GETs", &[file, &post, file], &[200; 3], true),
        new("204 between GETs", &[file, &options, file], &[200, 204, 200], true),
        new("304 between GETs", &[file, &known, file], &[200, 304, 200], true),
        new("all that has no body", &[&head, &known, &options, &head], &[200, 304, 204, 200], true)
            .heads(&[0, 3]),
        new("404 between GETs", &[file, &missing, file], &[200, 404, 200], true),
        new("a broken one between GETs", &[file, &broken, file], &[200, 400], false),
        new("two broken ones", &[&broken, &broken], &[400], false),
        new(
            "the last one between GETs",
            &[file, &get_file("Connection: close\r\n"), file],
            &[200, 200],
            false,
        ),
        new("1.0 between GETs", &[file, "GET /robots.txt HTTP/1.0\r\n\r\n", file], &[200, 200], false),
    ]
}
