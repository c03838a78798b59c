//! Tests of static files: bytes, content type, conditional requests and ranges.

use crate::pipe::{exchange_parts, field, get, request};

#[test]
fn a_file_has_a_type_an_etag_a_length_and_its_bytes() {
    let response = get("/robots.txt");
    let content = include_str!("../../static/robots.txt");
    assert_eq!(response.split_once("\r\n\r\n").unwrap().1, content);
    assert_eq!(field(&response, "Content-Length"), Some(content.len().to_string().as_str()));
    assert_eq!(field(&response, "Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(field(&response, "Cache-Control"), Some("no-cache"));
    let etag = field(&response, "ETag").unwrap();
    assert!(etag.len() > 10 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
}

#[test]
fn every_file_has_its_own_type() {
    assert_eq!(field(&get("/style.css"), "Content-Type"), Some("text/css; charset=utf-8"));
    assert_eq!(field(&get("/bantam.svg"), "Content-Type"), Some("image/svg+xml"));
    let (pipe, _) = exchange_parts(&[b"GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n"]);
    assert!(pipe.received.ends_with(include_bytes!("../../static/favicon.ico")));
    assert!(
        String::from_utf8_lossy(&pipe.received).contains("\r\nContent-Type: image/vnd.microsoft.icon\r\n")
    );
}

#[test]
fn a_matching_etag_gets_304() {
    let response = get("/robots.txt");
    let etag = field(&response, "ETag").unwrap();
    for known in
        [etag, "*", &format!("W/{etag}"), &format!("\"other\", W/{etag}"), &format!("\"a,b\",{etag}")]
    {
        for method in ["GET", "HEAD"] {
            let again = request(method, "/robots.txt", &format!("If-None-Match: {known}\r\n"));
            let bare = again.starts_with("HTTP/1.1 304 Not Modified\r\n") && again.ends_with("\r\n\r\n");
            assert!(bare, "{known}: {again}");
            assert_eq!((field(&again, "ETag"), field(&again, "Content-Length")), (Some(etag), None));
            assert_eq!(field(&again, "Cache-Control"), field(&response, "Cache-Control"));
        }
    }
}

#[test]
fn another_etag_gets_200() {
    let response = get("/robots.txt");
    let etag = field(&response, "ETag").unwrap();
    for unknown in
        ["\"other\"", etag.trim_matches('"'), "", &format!("w/{etag}"), &format!("\"a, {etag}, b\"")]
    {
        let again = request("GET", "/robots.txt", &format!("If-None-Match: {unknown}\r\n"));
        assert!(again.starts_with("HTTP/1.1 200 "), "{unknown}: {again}");
    }
}

/// Requests a file with these fields.
fn get_with(fields: &str) -> String {
    request("GET", "/robots.txt", fields)
}

#[test]
fn a_range_gets_206_with_content_range() {
    let content = include_str!("../../static/robots.txt");
    let length = content.len();
    for (range, from, to) in
        [("0-3", 0, 4), ("5-", 5, length), ("-4", length - 4, length), ("0-999", 0, length)]
    {
        let response = get_with(&format!("Range: bytes={range}\r\n"));
        assert!(response.starts_with("HTTP/1.1 206 Partial Content\r\n"), "{range}: {response}");
        assert_eq!(response.split_once("\r\n\r\n").unwrap().1, &content[from..to], "{range}");
        let content_range = format!("bytes {from}-{}/{length}", to - 1);
        assert_eq!(field(&response, "Content-Range"), Some(content_range.as_str()));
        for name in ["ETag", "Last-Modified", "Cache-Control", "Accept-Ranges"] {
            assert_eq!(field(&response, name), field(&get("/robots.txt"), name), "{name}");
        }
        assert_eq!(field(&response, "Accept-Ranges"), Some("bytes"));
    }
    let head = request("HEAD", "/robots.txt", "Range: bytes=0-3\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && field(&head, "Content-Range").is_none(), "{head}");
}

#[test]
fn an_unsatisfiable_range_gets_416_with_the_length() {
    let response = get_with("Range: bytes=31-\r\n");
    assert!(response.starts_with("HTTP/1.1 416 Range Not Satisfiable\r\n"), "{response}");
    assert_eq!(field(&response, "Content-Range"), Some("bytes */31"));
    assert_eq!(field(&response, "Content-Length"), Some("0"));
}

#[test]
fn if_range_with_another_version_gets_200() {
    let etag = field(&get("/robots.txt"), "ETag").unwrap().to_owned();
    let modified = field(&get("/robots.txt"), "Last-Modified").unwrap().to_owned();
    for (version, status) in
        [(&*etag, 206), (&*modified, 200), ("\"other\"", 200), (&format!("W/{etag}"), 200)]
    {
        let response = get_with(&format!("Range: bytes=0-3\r\nIf-Range: {version}\r\n"));
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{version}: {response}");
    }
}

#[test]
fn a_failed_precondition_gets_412() {
    let modified = field(&get("/robots.txt"), "Last-Modified").unwrap().to_owned();
    let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (fields, status) in [
        ("If-Match: \"other\"".to_owned(), 412),
        ("If-Match: *".to_owned(), 200),
        (format!("If-Unmodified-Since: {long_ago}"), 412),
        (format!("If-Unmodified-Since: {modified}"), 200),
        (format!("If-Modified-Since: {long_ago}"), 200),
        (format!("If-Modified-Since: {modified}"), 304),
        (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {modified}"), 200),
    ] {
        let response = get_with(&format!("{fields}\r\n"));
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{fields}: {response}");
    }
    assert!(
        request("GET", "/nothing", "If-Match: *\r\n").starts_with("HTTP/1.1 404 "),
        "404 before any precondition"
    );
}
