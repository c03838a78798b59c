//! Ambiguous lengths and malformed chunks (RFC 9112 sections 6 and 7).
//!
//! Invariant: a message whose end is ambiguous is refused, and the bytes after it are not parsed.

use crate::requests::{chunked, get, request};
use crate::scenario::{Scenario, scenario};

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [heads(), chunks()].concat()
}

/// The body of each is valid both as five bytes and as chunks, so that only the head can be refused.
fn heads() -> Vec<Scenario> {
    let rows: [(&str, &str, u16); 37] = [
        ("a length and a coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("a coding and a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("no length and a coding", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", 400),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("a length twice", "Content-Length: 5\r\ncontent-length: 5\r\n", 400),
        ("a list of lengths", "Content-Length: 5, 6\r\n", 400),
        ("a list of the same", "Content-Length: 5,5\r\n", 400),
        ("a length with a plus", "Content-Length: +5\r\n", 400),
        ("a length with a minus", "Content-Length: -1\r\n", 400),
        ("a length in hex", "Content-Length: 0x5\r\n", 400),
        ("a length with an underscore", "Content-Length: 1_0\r\n", 400),
        ("a length with a space", "Content-Length: 5 5\r\n", 400),
        ("an empty length", "Content-Length:\r\n", 400),
        ("a length of blanks", "Content-Length:  \t\r\n", 400),
        ("a length of letters", "Content-Length: abc\r\n", 400),
        ("a length with a fraction", "Content-Length: 5.0\r\n", 400),
        ("a quoted length", "Content-Length: \"5\"\r\n", 400),
        ("a length of other digits", "Content-Length: \u{661}\r\n", 400),
        ("a length of 2^64", "Content-Length: 18446744073709551616\r\n", 400),
        ("a length of 2^64 + 5", "Content-Length: 18446744073709551621\r\n", 400),
        ("a length beyond all", "Content-Length: 99999999999999999999999999\r\n", 400),
        ("a length of 2^64 - 1", "Content-Length: 18446744073709551615\r\n", 413),
        ("a length of 2^32", "Content-Length: 4294967296\r\n", 413),
        ("a length of 2^32 + 5", "Content-Length: 4294967301\r\n", 413),
        ("a coding twice", "Transfer-Encoding: chunked, chunked\r\n", 400),
        ("a coding on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        ("chunked is not the last", "Transfer-Encoding: chunked, identity\r\n", 400),
        ("chunked and then gzip", "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", 400),
        ("chunked with a parameter", "Transfer-Encoding: chunked;a=b\r\n", 400),
        ("an empty coding", "Transfer-Encoding:\r\n", 400),
        ("a coding with a vertical tab", "Transfer-Encoding: \u{b}chunked\r\n", 400),
        ("a coding with a wide space", "Transfer-Encoding: chunked\u{a0}\r\n", 400),
        ("a coding with a next-line mark", "Transfer-Encoding: chunked\u{85}\r\n", 400),
        ("a quoted coding", "Transfer-Encoding: \"chunked\"\r\n", 400),
        ("an unknown coding", "Transfer-Encoding: cow\r\n", 400),
        ("identity is no coding any more", "Transfer-Encoding: identity\r\n", 400),
        ("gzip and then chunked", "Transfer-Encoding: gzip, chunked\r\n", 501),
    ];
    let old = format!("POST /body/count HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{}", get("/"));
    let kept = format!(
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        get("/")
    );
    rows.map(|(name, fields, status)| {
        scenario(name, request("POST", "/body/count", fields, &format!("0\r\n\r\n{}", get("/"))))
            .then_refused(status)
    })
    .into_iter()
    .chain([
        scenario("a coding from a 1.0 client", old).then_refused(400),
        scenario("a coding from a 1.0 client that stays", kept).then_refused(400),
    ])
    .collect()
}

fn chunks() -> Vec<Scenario> {
    let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(5_000));
    let many = "1;eeeeeeeeeeeeeeeeeeeeeeeeee\r\nx\r\n".repeat(200) + "0\r\n\r\n";
    let padded = format!("{}1\r\nx\r\n0\r\n\r\n", "0".repeat(5_000));
    let trailers = format!("0\r\n{}\r\n", "T: v\r\n".repeat(1_000));
    let rows: [(&str, &str); 39] = [
        ("a chunk of 2^64", "10000000000000000\r\nx\r\n0\r\n\r\n"),
        ("a chunk of 2^64 + 1", "10000000000000001\r\nx\r\n0\r\n\r\n"),
        ("a size with 0x", "0x1\r\nx\r\n0\r\n\r\n"),
        ("a size with a plus", "+1\r\nx\r\n0\r\n\r\n"),
        ("a size with a minus", "-1\r\nx\r\n0\r\n\r\n"),
        ("a size with an underscore", "1_0\r\nx\r\n0\r\n\r\n"),
        ("a size behind a space", " 1\r\nx\r\n0\r\n\r\n"),
        ("a size before a space", "1 \r\nx\r\n0\r\n\r\n"),
        ("a size before a tab", "1\t\r\nx\r\n0\r\n\r\n"),
        ("two sizes", "1 1\r\nx\r\n0\r\n\r\n"),
        ("no size", "\r\nx\r\n0\r\n\r\n"),
        ("no size but an extension", ";a\r\nx\r\n0\r\n\r\n"),
        ("a size of other letters", "g\r\nx\r\n0\r\n\r\n"),
        ("LF behind a size", "1\nx\r\n0\r\n\r\n"),
        ("LF behind data", "1\r\nx\n0\r\n\r\n"),
        ("LF behind the last size", "0\n\r\n"),
        ("LF at the very end", "0\r\n\n"),
        ("LF in an extension", "1;a\nb\r\nx\r\n0\r\n\r\n"),
        ("CR in an extension", "1;a\rb\r\nx\r\n0\r\n\r\n"),
        ("NUL in an extension", "1;a\0b\r\nx\r\n0\r\n\r\n"),
        ("an extension without a name", "1;\r\nx\r\n0\r\n\r\n"),
        ("an extension of a value alone", "1;=b\r\nx\r\n0\r\n\r\n"),
        ("an extension of two names", "1;a b\r\nx\r\n0\r\n\r\n"),
        ("an extension without its value", "1;a=\r\nx\r\n0\r\n\r\n"),
        ("an extension with one quote", "1;a=\"\r\nx\r\n0\r\n\r\n\"\r\n0\r\n\r\n"),
        ("CR CR LF behind a size", "1\r\r\nx\r\n0\r\n\r\n"),
        ("a huge extension", &long),
        ("many extensions", &many),
        ("a padded size", &padded),
        ("many trailers", &trailers),
        ("data beyond its chunk", "1\r\nxy\r\n0\r\n\r\n"),
        ("no line end behind data", "1\r\nx0\r\n\r\n"),
        ("another byte than CR behind data", "1\r\nxy\n0\r\n\r\n"),
        ("CR behind data, and no LF", "1\r\nx\rx0\r\n\r\n"),
        ("a chunk that is shorter than its size", "5\r\nx\r\n0\r\n\r\n"),
        ("a trailer with a space before its colon", "0\r\nT : v\r\n\r\n"),
        ("a trailer that is folded", "0\r\nT: v\r\n w\r\n\r\n"),
        ("a trailer without a name", "0\r\n: v\r\n\r\n"),
        ("a request where trailers should be", "0\r\nGET / HTTP/1.1\r\n\r\n"),
    ];
    rows.map(|(name, coded)| scenario(name, chunked("/body/count", coded) + &get("/")).then_refused(400))
        .into()
}
