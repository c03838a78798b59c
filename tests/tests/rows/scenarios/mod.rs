//! Law: whatever can be said of a whole connection is said here, once, and then tried at every split, over every kind of
//! stream, and with every call failing.

pub(crate) mod bodies;
pub(crate) mod ends;
pub(crate) mod expect;
pub(crate) mod fields;
pub(crate) mod framing;
pub(crate) mod lines;
pub(crate) mod own;
pub(crate) mod plain;

use crate::scenario::Scenario;

/// All of them.
pub(crate) fn all() -> Vec<Scenario> {
    [
        plain::all(),
        bodies::all(),
        expect::all(),
        lines::all(),
        fields::all(),
        framing::all(),
        own::all(),
        ends::all(),
    ]
    .concat()
}

/// A GET request.
pub(crate) fn get(path: &str) -> String {
    request("GET", path, "", "")
}

/// Any request of HTTP/1.1 with a Host; `fields` end in CR LF each.
pub(crate) fn request(method: &str, path: &str, fields: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

/// A POST request with a body of a stated length.
pub(crate) fn post(path: &str, body: &str) -> String {
    request("POST", path, &format!("Content-Length: {}\r\n", body.len()), body)
}

/// A POST request with a chunked body, as it stands.
pub(crate) fn chunked(path: &str, coded: &str) -> String {
    request("POST", path, "Transfer-Encoding: chunked\r\n", coded)
}

/// A body in chunks of `size`, with its end.
pub(crate) fn chunks(body: &str, size: usize) -> String {
    let mut coded = String::new();
    for chunk in body.as_bytes().chunks(size) {
        coded += &format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk));
    }
    coded + "0\r\n\r\n"
}
