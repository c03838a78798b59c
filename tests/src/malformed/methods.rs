//! Methods (RFC 9110 section 9).

use super::case::Case;
use crate::requests::request;

const FILE: &str = "/robots.txt";
const ECHO: &str = "/echo";

/// Every method for every kind of target, with and without a body.
pub(super) fn all() -> Vec<Case> {
    let plain = TABLE.iter().map(|(method, target, status)| {
        let case = Case::answered(format!("{method} of {target}"), request(method, target, "", ""), *status);
        if *method == "HEAD" { case.heads(&[0]) } else { case }
    });
    let length = TABLE.iter().filter(|(method, ..)| *method != "CONNECT").map(|(method, target, status)| {
        let sent = request(method, target, "Content-Length: 5\r\n", "GET /");
        let case = Case::answered(format!("{method} of {target} with a body"), sent, *status);
        if *method == "HEAD" { case.heads(&[0]) } else { case }
    });
    let coded = TABLE.iter().filter(|(method, ..)| *method != "CONNECT").map(|(method, target, status)| {
        let sent = request(method, target, "Transfer-Encoding: chunked\r\n", "5\r\nGET /\r\n0\r\n\r\n");
        let case = Case::answered(format!("{method} of {target} with chunks"), sent, *status);
        if *method == "HEAD" { case.heads(&[0]) } else { case }
    });
    let unknown = UNKNOWN
        .iter()
        .map(|method| Case::answered(format!("method {method:?}"), request(method, FILE, "", ""), 501));
    plain.chain(length).chain(coded).chain(unknown).collect()
}

const TABLE: &[(&str, &str, u16)] = &[
    ("GET", FILE, 200),
    ("HEAD", FILE, 200),
    ("OPTIONS", FILE, 204),
    ("POST", FILE, 405),
    ("PUT", FILE, 405),
    ("DELETE", FILE, 405),
    ("PATCH", FILE, 405),
    ("TRACE", FILE, 405),
    ("GET", ECHO, 200),
    ("HEAD", ECHO, 200),
    ("OPTIONS", ECHO, 204),
    ("POST", ECHO, 200),
    ("PUT", ECHO, 200),
    ("DELETE", ECHO, 405),
    ("PATCH", ECHO, 405),
    ("TRACE", ECHO, 405),
    ("GET", "/none", 404),
    ("HEAD", "/none", 404),
    ("OPTIONS", "/none", 404),
    ("POST", "/none", 404),
    ("DELETE", "/none", 404),
    ("TRACE", "/none", 404),
    ("OPTIONS", "*", 204),
];

const UNKNOWN: &[&str] = &[
    "get",
    "Get",
    "gET",
    "head",
    "Head",
    "options",
    "post",
    "GETS",
    "GE",
    "G",
    "XGET",
    "BREW",
    "PROPFIND",
    "MKCOL",
    "LOCK",
    "SEARCH",
    "QUERY",
    "PURGE",
    "LINK",
    "M-SEARCH",
    "GET-",
    "!#$%&'*+-.^_`|~",
    "0",
    "PRI",
    "HTTP",
];
