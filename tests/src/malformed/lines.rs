//! Request lines (RFC 9112 sections 2.2, 2.3 and 3).

use super::case::{Case, get_file};
use crate::requests::request;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    [versions(), shapes(), fronts(), strangers()].concat()
}

fn versions() -> Vec<Case> {
    let of = |version: &str| format!("GET /robots.txt {version}\r\nHost: a\r\n\r\n");
    let good = ["HTTP/1.1", "HTTP/1.2", "HTTP/1.9"]
        .map(|version| Case::answered(format!("version {version}"), of(version), 200));
    let other = ["HTTP/0.0", "HTTP/0.9", "HTTP/2.0", "HTTP/2.1", "HTTP/3.0", "HTTP/9.9"]
        .map(|version| Case::answered(format!("version {version}"), of(version), 505));
    let junk = [
        "",
        "1.1",
        "HTTP",
        "HTTP/",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/.1",
        "HTTP/11.1",
        "HTTP/1.10",
        "HTTP/1.1.1",
        "HTTP/01.1",
        "HTTP/1.01",
        "http/1.1",
        "Http/1.1",
        "hTTP/1.1",
        "HTTP /1.1",
        "HTTP/ 1.1",
        "HTTP/1 .1",
        "HTTP/1. 1",
        "HTTP\\1.1",
        "HTTP//1.1",
        "HTTPS/1.1",
        "HTTP/1,1",
        "HTTP/1:1",
        "HTTP/x.1",
        "HTTP/1.x",
        "HTTP/-1.1",
        "HTTP/+1.1",
        "HTTP/1.-1",
        "HTTP/\u{ff11}.1",
        "HTTP/1.1\t",
        "HTTP/1.1 ",
        "HTTP/1.1\0",
        "HTTP/1.1 HTTP/1.1",
        "HTTP/1.1;x",
        "\"HTTP/1.1\"",
        "SIP/2.0",
        "RTSP/1.0",
        "ICY/1.0",
    ]
    .map(|version| Case::answered(format!("version {version:?}"), of(version), 400));
    let old = Case::closes("version HTTP/1.0", of("HTTP/1.0"), 200);
    good.into_iter().chain(other).chain(junk).chain([old]).collect()
}

fn shapes() -> Vec<Case> {
    [
        ("two spaces before the target", "GET  /robots.txt HTTP/1.1"),
        ("two spaces before the version", "GET /robots.txt  HTTP/1.1"),
        ("a tab before the target", "GET\t/robots.txt HTTP/1.1"),
        ("a tab before the version", "GET /robots.txt\tHTTP/1.1"),
        ("a vertical tab before the target", "GET\u{b}/robots.txt HTTP/1.1"),
        ("a form feed before the target", "GET\u{c}/robots.txt HTTP/1.1"),
        ("a space before the method", " GET /robots.txt HTTP/1.1"),
        ("a tab before the method", "\tGET /robots.txt HTTP/1.1"),
        ("a space in the target", "GET /robots .txt HTTP/1.1"),
        ("no method", " /robots.txt HTTP/1.1"),
        ("no method and no space", "/robots.txt HTTP/1.1"),
        ("no target", "GET HTTP/1.1"),
        ("a target of nothing", "GET  HTTP/1.1"),
        ("no version", "GET /robots.txt"),
        ("no version but a space", "GET /robots.txt "),
        ("a method alone", "GET"),
        ("a method and a space", "GET "),
        ("no space at all", "GET/robots.txtHTTP/1.1"),
        ("the order is another", "HTTP/1.1 GET /robots.txt"),
        ("a colon behind the method", "GET: /robots.txt HTTP/1.1"),
        ("quotes", "\"GET\" /robots.txt HTTP/1.1"),
        ("a field for a line", "Host: a"),
    ]
    .map(|(name, line)| Case::answered(name, format!("{line}\r\nHost: a\r\n\r\n"), 400))
    .into()
}

fn fronts() -> Vec<Case> {
    let mut cases: Vec<_> = [1, 2, 8, 100]
        .map(|count| {
            Case::answered(format!("{count} empty lines first"), "\r\n".repeat(count) + &get_file(""), 200)
        })
        .into();
    cases.extend(
        ["\n", "\r", "\r\r\n", "\n\r", " \r\n", "\t\r\n", "\0", "\r\n\n", "\r\n ", "\u{feff}", "\u{b}\r\n"]
            .map(|front| {
                Case::answered(format!("{front:?} in front"), front.to_owned() + &get_file(""), 400)
            }),
    );
    cases.extend(["\n", "\r", "\n\r", "\r\r\n", "\r \n", " \r\n", "\u{b}\r\n", "\u{85}", "\0\r\n"].map(
        |end| {
            Case::answered(
                format!("{end:?} ends the request line"),
                format!("GET /robots.txt HTTP/1.1{end}Host: a\r\n\r\n"),
                400,
            )
        },
    ));
    cases
}

fn strangers() -> Vec<Case> {
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    vec![
        Case::answered("the preface of HTTP/2", preface, 505),
        Case::answered("a greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        Case::answered("a greeting of SSH", "SSH-2.0-OpenSSH_9.9\r\n", 400),
        Case::answered("a greeting of SMTP", "EHLO a\r\n", 400),
        Case::answered("a greeting of SOCKS", b"\x05\x01\x00", 400),
        Case::answered("a greeting of a balancer", "PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n", 400),
        Case::answered("a response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400),
        Case::answered("a request of HTTP/0.9", "GET /robots.txt\r\n", 400),
        Case::answered("a shell", "; cat /etc/passwd\r\n", 400),
        Case::answered("NUL", "\0\0\0\0", 400),
        Case::answered("a memcached command", "set k 0 0 3\r\nabc\r\n", 400),
    ]
}

/// Section 3 recommends support for lines of 8,000 bytes. Not for the device, whose buffer is 1 KB.
pub(super) fn long() -> Vec<Case> {
    let query = |length: usize| format!("/robots.txt?{}", "q".repeat(length - 12));
    vec![
        Case::answered("a request line of 8,000 bytes", request("GET", &query(7_987), "", ""), 200),
        Case::answered("a target of 9,000 bytes", request("GET", &query(9_000), "", ""), 414),
        Case::closes("a method of 9,000 bytes", "G".repeat(9_000), 501),
        Case::answered("a method of 900 bytes", request(&"G".repeat(900), "/", "", ""), 501),
        Case::answered("a field of 9,000 bytes", get_file(&format!("X: {}\r\n", "x".repeat(9_000))), 431),
        Case::answered("1,300 fields", get_file(&"X: yz\r\n".repeat(1_300)), 431),
        Case::answered("900 fields", get_file(&"X: yz\r\n".repeat(900)), 200),
    ]
}
