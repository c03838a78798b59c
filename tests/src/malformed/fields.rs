//! Field lines (RFC 9112 section 5, RFC 9110 section 5).
//!
//! Invariant: a field that the core does not use never refuses a request.

use super::case::{Case, get_file};

/// All of them.
pub(super) fn all() -> Vec<Case> {
    let broken = BROKEN.iter().map(|lines| Case::answered(format!("fields {lines:?}"), get_file(lines), 400));
    let sound = SOUND.iter().map(|lines| Case::answered(format!("fields {lines:?}"), get_file(lines), 200));
    broken.chain(sound).chain(ends()).collect()
}

const BROKEN: &[&str] = &[
    "X : y\r\n",
    "X\t: y\r\n",
    " X: y\r\n",
    "\tX: y\r\n",
    "X: y\r\n z\r\n",
    "X: y\r\n\tz\r\n",
    "X:\r\n \r\n",
    "X\r\n",
    "X y\r\n",
    ": y\r\n",
    ":\r\n",
    " \r\n",
    "\t\r\n",
    "X: y\rz\r\n",
    "X: y\r\r\n",
    "X: y\n",
    "X: y\nZ: z\r\n",
    "X: \0\r\n",
    "X\0: y\r\n",
    "X: \u{7f}\r\n",
    "X: \u{7}\r\n",
    "X: \u{b}\r\n",
    "X: \u{c}\r\n",
    "X: \u{8}\r\n",
    "X: \u{1b}[2J\r\n",
    "X[]: y\r\n",
    "\"X\": y\r\n",
    "X(Y): z\r\n",
    "X/Y: z\r\n",
    "X@Y: z\r\n",
    "X=Y\r\n",
    "\u{e9}: y\r\n",
    "X\u{a0}: y\r\n",
    "{}: y\r\n",
    "GET / HTTP/1.1\r\n",
    "\r\r\n",
    "Content-Length : 5\r\n",
    "Transfer-Encoding : chunked\r\n",
    " Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding\u{b}: chunked\r\n",
    "X: y\r\n\u{feff}Z: z\r\n",
    "\nX: y\r\n",
    "X: a\r\n\n",
];

const SOUND: &[&str] = &[
    "X:\r\n",
    "X: \r\n",
    "X:y\r\n",
    "X: \t y z \t \r\n",
    "X: :y:\r\n",
    "X: \"a\\\"b\"\r\n",
    "X: \u{e9}\u{ffff}\r\n",
    "X: y\r\nX: z\r\nx: y\r\n",
    "!#$%&'*+-.^_`|~09azAZ: y\r\n",
    "X: ()<>@,;:\\\"/[]?={}\r\n",
    "0: 1\r\n",
    "X: \"not closed\r\n",
    "X: ,,,\r\n",
    "Accept: text/html;q=2, ;;;\r\n",
    "Accept: */*\r\nAccept: nothing\r\n",
    "Accept-Charset: utf-7\r\n",
    "Accept-Encoding: identity;q=0\r\n",
    "Accept-Language: x-klingon\r\n",
    "Authorization: Basic !!!\r\nAuthorization: Basic !!!\r\n",
    "Cookie: a=b\r\nCookie: c\r\n",
    "Content-Type: a\r\nContent-Type: b\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Language: x\r\n",
    "Content-Location: http://b/\r\n",
    "Content-Range: bytes 0-1/2\r\n",
    "Date: yesterday\r\nDate: today\r\n",
    "From: a@b\r\n",
    "Keep-Alive: timeout=0, max=0\r\n",
    "Max-Forwards: 0\r\n",
    "Origin: null\r\n",
    "Referer: #\r\nReferer: ::\r\n",
    "Server: me\r\n",
    "User-Agent:\r\nUser-Agent: (((\r\n",
    "Via: 1.0 a, 9.9 b\r\n",
    "X-Forwarded-Host: b\r\nForwarded: host=b\r\n",
    "X-HTTP-Method-Override: DELETE\r\n",
    "X-Original-URL: /echo\r\n",
    "Sec-WebSocket-Key: x\r\n",
    "Proxy: http://b/\r\n",
    "Proxy-Connection: close\r\n",
    "HTTP2-Settings: AAA\r\n",
    "Content_Length: 5\r\n",
    "Transfer_Encoding: chunked\r\n",
    "Content-Length-X: 5\r\n",
    "X-Transfer-Encoding: chunked\r\n",
    "TE:\r\n",
    "TE: trailers\r\n",
    "TE: chunked\r\n",
    "TE: gzip;q=0.5, trailers\r\n",
    "TE: ;;,q\r\n",
    "Trailer: X\r\n",
    "Trailer: Content-Length\r\n",
    "Trailer: ,\r\n",
    "Upgrade: h2c\r\n",
    "Upgrade: websocket, x/1\r\nConnection: Upgrade\r\n",
    "Upgrade:\r\nConnection: upgrade\r\n",
    "Connection: upgrade\r\n",
    "Upgrade: HTTP/2.0\r\nConnection: Upgrade, HTTP2-Settings\r\n",
];

fn ends() -> Vec<Case> {
    let with = |end: &str| format!("GET /robots.txt HTTP/1.1\r\nHost: a{end}");
    ["\r\n\n", "\r\n\r", "\n\n", "\n\r\n", "\r\r", "\r\n\r\r\n", "\r\n \r\n", "\r\n\0\r\n"]
        .map(|end| Case::answered(format!("{end:?} ends the head"), with(end), 400))
        .into()
}
