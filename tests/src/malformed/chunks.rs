//! Chunked bodies (RFC 9112 section 7.1).
//!
//! Invariant: the bytes after a malformed chunk are not parsed.

use super::case::Case;
use crate::requests::request;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    let of = |coded: &str, status| {
        let sent = request("POST", "/echo", "Transfer-Encoding: chunked\r\n", coded);
        Case::answered(format!("chunks {coded:?}"), sent, status)
    };
    let sound = SOUND.iter().map(|coded| of(coded, 200));
    let broken = BROKEN.iter().map(|coded| of(coded, 400));
    let late = LATE.iter().map(|coded| {
        // The page reads up to 128 bytes before it responds: so few bytes are refused before the response.
        let sent = request("POST", "/echo", "Transfer-Encoding: chunked\r\n", coded);
        Case::closes(format!("chunks {coded:?}"), sent, 400)
    });
    sound.chain(broken).chain(late).chain(excess()).collect()
}

const SOUND: &[&str] = &[
    "0\r\n\r\n",
    "00000\r\n\r\n",
    "1\r\nx\r\n0\r\n\r\n",
    "a\r\n0123456789\r\n0\r\n\r\n",
    "A\r\n0123456789\r\n0\r\n\r\n",
    "0001\r\nx\r\n000\r\n\r\n",
    "0000000000000000000000001\r\nx\r\n0\r\n\r\n",
    "1\r\nx\r\n2\r\nyz\r\n0\r\n\r\n",
    "2\r\n\r\n\r\n0\r\n\r\n",
    "1;a\r\nx\r\n0\r\n\r\n",
    "1;a=b\r\nx\r\n0;c=d\r\n\r\n",
    "1;a=\"b;c\\\"d\"\r\nx\r\n0\r\n\r\n",
    "1 ; a = b ; c\r\nx\r\n0\r\n\r\n",
    "1\t;a\r\nx\r\n0\r\n\r\n",
    "0\r\nT: v\r\n\r\n",
    "0\r\nT:\r\nU: \t v \r\nT: v\r\n\r\n",
    "0\r\nContent-Length: 7\r\nTransfer-Encoding: gzip\r\nHost: b\r\n\r\n",
];

/// Refused before the first byte of data.
const BROKEN: &[&str] = &[
    "\r\n\r\n",
    "\n0\r\n\r\n",
    " 0\r\n\r\n",
    "0 \r\n\r\n",
    "0\t\r\n\r\n",
    "0\n\r\n",
    "0\r\n\n",
    "0\n\n",
    "0\r\r\n\r\n",
    "0\r\n\r\r\n",
    "0\rx\r\n\r\n",
    "0x0\r\n\r\n",
    "0x1\r\nx\r\n0\r\n\r\n",
    "+0\r\n\r\n",
    "-0\r\n\r\n",
    "_\r\n\r\n",
    "0_0\r\n\r\n",
    "g\r\n\r\n",
    "1g\r\nx\r\n0\r\n\r\n",
    "0h\r\n\r\n",
    ";a\r\n\r\n",
    "\"0\"\r\n\r\n",
    "0,0\r\n\r\n",
    "0.0\r\n\r\n",
    "0:\r\n\r\n",
    "0 0\r\n\r\n",
    "\u{ff10}\r\n\r\n",
    "\u{b}0\r\n\r\n",
    "0\0\r\n\r\n",
    "0;\0\r\n\r\n",
    "0;a\rb\r\n\r\n",
    "0;a\nb\r\n\r\n",
    "0;a\n\r\n",
    "0;\r\n\r\n",
    "0;;a\r\n\r\n",
    "0; ;a\r\n\r\n",
    "0;=b\r\n\r\n",
    "0;a=\r\n\r\n",
    "0;a=;b\r\n\r\n",
    "0;a b\r\n\r\n",
    "0;a=b c\r\n\r\n",
    "0;a=b=c\r\n\r\n",
    "0;a=\"b\r\n\r\n",
    "0;a=\"b\\\"\r\n\r\n",
    "0;a=\"\r\n\r\nGET / HTTP/1.1\r\n\"\r\n\r\n",
    "0;a=b\"c\"\r\n\r\n",
    "0;a=(b)\r\n\r\n",
    "0;a \r\n\r\n",
    "0;\u{7f}\r\n\r\n",
    "10000000000000000\r\nx",
    "10000000000000001\r\nx",
    "ffffffffffffffffff\r\nx",
    "0\r\nT : v\r\n\r\n",
    "0\r\n T: v\r\n\r\n",
    "0\r\nT: v\r\n w\r\n\r\n",
    "0\r\n: v\r\n\r\n",
    "0\r\nT\r\n\r\n",
    "0\r\nT: v\n\r\n",
    "0\r\nT: v\rw\r\n\r\n",
    "0\r\nT: \0\r\n\r\n",
    "0\r\nGET / HTTP/1.1\r\n\r\n",
    "0\r\n",
    "hello",
];

/// Refused after the first byte of data.
const LATE: &[&str] = &[
    "1\r\nxy\r\n0\r\n\r\n",
    "1\r\nx0\r\n\r\n",
    "1\r\nx\n0\r\n\r\n",
    "1\r\nx\r0\r\n\r\n",
    "1\r\nx\r\r\n0\r\n\r\n",
    "2\r\nx\r\n0\r\n\r\n",
    "1\r\nx\r\n\r\n",
    "1\r\nx\r\n-1\r\n",
    "1\r\nx\r\n1\ny\r\n0\r\n\r\n",
    "1\r\nx\r\n0x1\r\ny\r\n",
    "1\r\nx\r\n0\r\nT : v\r\n\r\n",
    "1\r\nx\r\n0\n\r\n",
];

/// The framing of a body is limited to 4 KB.
fn excess() -> Vec<Case> {
    let of = |name: &str, coded: &str| {
        Case::answered(name, request("POST", "/echo", "Transfer-Encoding: chunked\r\n", coded), 400)
    };
    vec![
        of("an extension of 5,000 bytes", &format!("0;{}\r\n\r\n", "e".repeat(5_000))),
        of("a size of 5,000 zeros", &format!("{}\r\n\r\n", "0".repeat(5_000))),
        of("trailers of 5,000 bytes", &format!("0\r\n{}\r\n", "T: v\r\n".repeat(834))),
        of("a name of 5,000 bytes in a trailer", &format!("0\r\n{}: v\r\n\r\n", "T".repeat(5_000))),
    ]
}
