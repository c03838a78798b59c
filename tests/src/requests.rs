//! Requests of the tests, as text.

/// A GET request.
#[must_use]
pub fn get(path: &str) -> String {
    request("GET", path, "", "")
}

/// An HTTP/1.1 request with a Host; each line in `fields` ends in CR LF.
#[must_use]
pub fn request(method: &str, path: &str, fields: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

/// A POST request with a Content-Length.
#[must_use]
pub fn post(path: &str, body: &str) -> String {
    request("POST", path, &format!("Content-Length: {}\r\n", body.len()), body)
}

/// A POST request with a body that is chunked already.
#[must_use]
pub fn chunked(path: &str, coded: &str) -> String {
    request("POST", path, "Transfer-Encoding: chunked\r\n", coded)
}

/// A body in chunks of `size` bytes, with the last chunk.
#[must_use]
pub fn chunks(body: &str, size: usize) -> String {
    let mut coded = String::new();
    for chunk in body.as_bytes().chunks(size) {
        coded += &format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk));
    }
    coded + "0\r\n\r\n"
}
