//! Law: a file is served as it lies in its folder, and once.

use crate::pipe::{converse, field, get, request};

#[test]
fn a_file_has_a_type_a_tag_a_length_and_its_own_bytes() {
    let answer = get("/robots.txt");
    let content = include_str!("../../static/robots.txt");
    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, content);
    assert_eq!(field(&answer, "Content-Length"), Some(content.len().to_string().as_str()));
    assert_eq!(field(&answer, "Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(field(&answer, "Cache-Control"), Some("no-cache"));
    let etag = field(&answer, "ETag").unwrap();
    assert!(etag.len() > 10 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
}

#[test]
fn every_file_has_its_own_type() {
    assert_eq!(field(&get("/style.css"), "Content-Type"), Some("text/css; charset=utf-8"));
    assert_eq!(field(&get("/bantam.svg"), "Content-Type"), Some("image/svg+xml"));
    let (pipe, _) = converse(&[b"GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n"]);
    assert!(pipe.heard.ends_with(include_bytes!("../../static/favicon.ico")));
    assert!(String::from_utf8_lossy(&pipe.heard).contains("\r\nContent-Type: image/x-icon\r\n"));
}

#[test]
fn a_file_that_the_client_has_is_not_sent_again() {
    let answer = get("/robots.txt");
    let etag = field(&answer, "ETag").unwrap();
    for known in
        [etag, "*", &format!("W/{etag}"), &format!("\"other\", W/{etag}"), &format!("\"a,b\",{etag}")]
    {
        for method in ["GET", "HEAD"] {
            let again = request(method, "/robots.txt", &format!("If-None-Match: {known}\r\n"));
            let bare = again.starts_with("HTTP/1.1 304 Not Modified\r\n") && again.ends_with("\r\n\r\n");
            assert!(bare, "{known}: {again}");
            assert_eq!((field(&again, "ETag"), field(&again, "Content-Length")), (Some(etag), None));
        }
    }
}

#[test]
fn a_file_that_the_client_has_not_is_sent() {
    let answer = get("/robots.txt");
    let etag = field(&answer, "ETag").unwrap();
    for unknown in
        ["\"other\"", etag.trim_matches('"'), "", &format!("w/{etag}"), &format!("\"a, {etag}, b\"")]
    {
        let again = request("GET", "/robots.txt", &format!("If-None-Match: {unknown}\r\n"));
        assert!(again.starts_with("HTTP/1.1 200 "), "{unknown}: {again}");
    }
}
