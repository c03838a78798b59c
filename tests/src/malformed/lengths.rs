//! The length of a body (RFC 9112 section 6).
//!
//! Invariant: an ambiguous message is refused, and the bytes after it are not parsed.

use super::case::Case;
use crate::requests::request;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    let bad = |(fields, status): &(&str, u16)| {
        let sent = request("POST", "/echo", fields, "0\r\n\r\n");
        Case::closes(format!("POST with {fields:?}"), sent, *status)
    };
    BAD.iter().map(bad).chain(good()).chain(old()).collect()
}

fn good() -> Vec<Case> {
    let by_length = ["5", " 5", "\t5\t", "05", "000000000000000000000000000005"].map(|length| {
        let sent = request("POST", "/echo", &format!("Content-Length:{length}\r\n"), "hello");
        Case::answered(format!("a length of {length:?}"), sent, 200)
    });
    let coded = ["chunked", "CHUNKED", "Chunked", "\tchunked ", "chunked,", ",chunked", ", ,chunked, ,"].map(
        |coding| {
            let sent = request(
                "POST",
                "/echo",
                &format!("Transfer-Encoding:{coding}\r\n"),
                "5\r\nhello\r\n0\r\n\r\n",
            );
            Case::answered(format!("a coding of {coding:?}"), sent, 200)
        },
    );
    let none = Case::answered("no length at all", request("POST", "/echo", "", ""), 200);
    let zero = Case::answered("a length of 0", request("POST", "/echo", "Content-Length: 0\r\n", ""), 200);
    by_length.into_iter().chain(coded).chain([none, zero]).collect()
}

fn old() -> Vec<Case> {
    let of = |fields: &str, body: &str| format!("POST /echo HTTP/1.0\r\n{fields}\r\n{body}");
    let coded = "Transfer-Encoding: chunked\r\n";
    vec![
        Case::closes("a length from 1.0", of("Content-Length: 5\r\n", "hello"), 200),
        Case::closes("no length from 1.0", of("", ""), 200),
        Case::answered("a coding from 1.0", of(coded, "0\r\n\r\n"), 400),
        Case::answered(
            "a coding from 1.0 that stays",
            of(&format!("Connection: keep-alive\r\n{coded}"), "0\r\n\r\n"),
            400,
        ),
        Case::answered(
            "a coding and a length from 1.0",
            of(&format!("Content-Length: 5\r\n{coded}"), "0\r\n\r\n"),
            400,
        ),
    ]
}

/// The body is valid both as five bytes and as chunks.
const BAD: &[(&str, u16)] = &[
    ("Content-Length:\r\n", 400),
    ("Content-Length: \t \r\n", 400),
    ("Content-Length: +5\r\n", 400),
    ("Content-Length: -5\r\n", 400),
    ("Content-Length: -0\r\n", 400),
    ("Content-Length: 0x5\r\n", 400),
    ("Content-Length: 5h\r\n", 400),
    ("Content-Length: 5;\r\n", 400),
    ("Content-Length: 5,\r\n", 400),
    ("Content-Length: ,5\r\n", 400),
    ("Content-Length: 5, 5\r\n", 400),
    ("Content-Length: 5, 6\r\n", 400),
    ("Content-Length: 5 5\r\n", 400),
    ("Content-Length: 1_0\r\n", 400),
    ("Content-Length: 5.0\r\n", 400),
    ("Content-Length: 5e0\r\n", 400),
    ("Content-Length: five\r\n", 400),
    ("Content-Length: \"5\"\r\n", 400),
    ("Content-Length: \u{ff15}\r\n", 400),
    ("Content-Length: \u{a0}5\r\n", 400),
    ("Content-Length: 5\u{b}\r\n", 400),
    ("Content-Length: 18446744073709551616\r\n", 400),
    ("Content-Length: 18446744073709551621\r\n", 400),
    ("Content-Length: 340282366920938463463374607431768211461\r\n", 400),
    ("Content-Length: 99999999999999999999999999999999999999999\r\n", 400),
    ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
    ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
    ("Content-Length: 5\r\ncontent-length: 0\r\n", 400),
    ("Content-Length: 5\r\nContent-Length:\r\n", 400),
    ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: x\r\n", 400),
    ("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", 400),
    ("Transfer-Encoding:\r\nContent-Length: 5\r\n", 400),
    ("Transfer-Encoding:\r\n", 400),
    ("Transfer-Encoding: ,\r\n", 400),
    ("Transfer-Encoding: chunked, chunked\r\n", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
    ("Transfer-Encoding: chunked\r\ntransfer-encoding:\r\n", 400),
    ("Transfer-Encoding: chunked, identity\r\n", 400),
    ("Transfer-Encoding: chunked, gzip\r\n", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400),
    ("Transfer-Encoding: identity\r\n", 400),
    ("Transfer-Encoding: gzip\r\n", 400),
    ("Transfer-Encoding: cow\r\n", 400),
    ("Transfer-Encoding: xchunked\r\n", 400),
    ("Transfer-Encoding: chunkedx\r\n", 400),
    ("Transfer-Encoding: chunked;q=1\r\n", 400),
    ("Transfer-Encoding: chunked ;q\r\n", 400),
    ("Transfer-Encoding: \"chunked\"\r\n", 400),
    ("Transfer-Encoding: 'chunked'\r\n", 400),
    ("Transfer-Encoding: [chunked]\r\n", 400),
    ("Transfer-Encoding: chunked chunked\r\n", 400),
    ("Transfer-Encoding: gzip chunked\r\n", 400),
    ("Transfer-Encoding: x; chunked\r\n", 400),
    ("Transfer-Encoding: \u{b}chunked\r\n", 400),
    ("Transfer-Encoding: chunked\u{c}\r\n", 400),
    ("Transfer-Encoding: \u{a0}chunked\r\n", 400),
    ("Transfer-Encoding: chun\u{212a}ed\r\n", 400),
    ("Transfer-Encoding: chunked\0\r\n", 400),
    ("Transfer-Encoding: gzip, chunked\r\n", 501),
    ("Transfer-Encoding: identity, chunked\r\n", 501),
    ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501),
    ("Transfer-Encoding: gzip;x=\"a, b\", chunked\r\n", 501),
];
