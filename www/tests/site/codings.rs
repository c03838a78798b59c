//! Tests of static files in content codings, and under the path that has a hash of their content.
//! Invariant: a cache that goes by `Vary`, `ETag` and `Cache-Control` never serves a wrong representation.

use crate::pipe::{exchange_parts, field, get, request, text};

const STYLE: &str = include_str!("../../static/style.css");

/// The head and the body of the response to a GET with these fields.
fn parts(target: &str, fields: &str) -> (String, Vec<u8>) {
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let mut received = exchange_parts(&[request.as_bytes()]).0.received;
    let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let body = received.split_off(end);
    (text(&received), body)
}

fn accepting(codings: &str) -> String {
    format!("Accept-Encoding: {codings}\r\n")
}

#[test]
fn a_file_is_sent_in_the_coding_that_the_request_prefers() {
    let mut etags = Vec::new();
    for (accepted, coding) in [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("br;q=0", None)] {
        let (head, body) = parts("/style.css", &accepting(accepted));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(field(&head, "Content-Encoding"), coding);
        assert_eq!(field(&head, "Vary"), Some("Accept-Encoding"));
        assert_eq!(field(&head, "Content-Type"), Some("text/css; charset=utf-8"));
        assert_eq!(field(&head, "Content-Length"), Some(&*body.len().to_string()));
        assert_eq!(body.len() < STYLE.len(), coding.is_some());
        etags.push(field(&head, "ETag").unwrap().to_owned());
    }
    assert!(etags[0] != etags[1] && etags[1] != etags[2] && etags[2] != etags[0], "{etags:?}");
    let (gzip, _) = parts("/style.css", &accepting("gzip"));
    assert!(parts("/style.css", &accepting("gzip")).1.starts_with(b"\x1f\x8b"), "{gzip}");
    assert_eq!(parts("/style.css", "").1, STYLE.as_bytes());
}

#[test]
fn a_file_that_no_coding_makes_shorter_does_not_vary() {
    let (head, body) = parts("/robots.txt", &accepting("gzip, br"));
    assert_eq!((field(&head, "Vary"), field(&head, "Content-Encoding")), (None, None));
    assert_eq!(body, include_bytes!("../../static/robots.txt"));
}

#[test]
fn a_representation_is_validated_by_its_own_tag() {
    let accept = accepting("gzip");
    let (head, _) = parts("/style.css", &accept);
    let gzip = field(&head, "ETag").unwrap();
    let plain = get("/style.css");
    let plain = field(&plain, "ETag").unwrap();
    for method in ["GET", "HEAD"] {
        let known = request(method, "/style.css", &format!("{accept}If-None-Match: {gzip}\r\n"));
        assert!(known.starts_with("HTTP/1.1 304 Not Modified\r\n") && known.ends_with("\r\n\r\n"), "{known}");
        for name in ["ETag", "Vary", "Cache-Control", "Last-Modified"] {
            assert_eq!(field(&known, name), field(&head, name), "{name}");
        }
        assert_eq!((field(&known, "Content-Encoding"), field(&known, "Content-Length")), (None, None));
    }
    let (other, _) = parts("/style.css", &format!("{accept}If-None-Match: {plain}\r\n"));
    assert!(other.starts_with("HTTP/1.1 200 OK\r\n"), "{other}");
    let (failed, _) = parts("/style.css", &format!("{accept}If-Match: {plain}\r\n"));
    assert!(failed.starts_with("HTTP/1.1 412 "), "{failed}");
}

#[test]
fn a_range_is_one_of_the_coded_bytes() {
    let accept = accepting("gzip");
    let (head, whole) = parts("/style.css", &accept);
    let etag = field(&head, "ETag").unwrap();
    let (part, body) = parts("/style.css", &format!("{accept}Range: bytes=2-9\r\nIf-Range: {etag}\r\n"));
    assert!(part.starts_with("HTTP/1.1 206 Partial Content\r\n"), "{part}");
    assert_eq!(body, whole[2..10]);
    assert_eq!(field(&part, "Content-Range"), Some(&*format!("bytes 2-9/{}", whole.len())));
    for name in ["ETag", "Vary", "Content-Encoding", "Cache-Control", "Content-Type"] {
        assert_eq!(field(&part, name), field(&head, name), "{name}");
    }
    let (beyond, _) = parts("/style.css", &format!("{accept}Range: bytes={}-\r\n", whole.len()));
    assert!(beyond.starts_with("HTTP/1.1 416 "), "{beyond}");
    assert_eq!(field(&beyond, "Content-Range"), Some(&*format!("bytes */{}", whole.len())));
    assert_eq!(field(&beyond, "Vary"), Some("Accept-Encoding"));
}

#[test]
fn head_has_the_head_of_get_in_every_coding() {
    for accepted in ["br", "gzip", "identity", "*;q=0"] {
        let head = request("HEAD", "/style.css", &accepting(accepted));
        assert_eq!(head, parts("/style.css", &accepting(accepted)).0, "{accepted}");
    }
}

#[test]
fn the_path_with_a_hash_is_the_same_file_for_a_year() {
    let page = get("/");
    let (_, link) = page.split_once("href=\"style.").expect("a link to the style sheet");
    let path = format!("/style.{}", link.split('"').next().unwrap());
    assert!(path.len() == "/style.12345678.css".len() && path.ends_with(".css"), "{path}");
    let (head, body) = parts(&path, "");
    assert_eq!(body, STYLE.as_bytes());
    assert_eq!(field(&head, "Cache-Control"), Some("public, max-age=31536000, immutable"));
    for name in ["ETag", "Vary", "Last-Modified", "Content-Type"] {
        assert_eq!(field(&head, name), field(&get("/style.css"), name), "{name}");
    }
    let etag = field(&head, "ETag").unwrap();
    let (known, _) = parts(&path, &format!("If-None-Match: {etag}\r\n"));
    assert!(known.starts_with("HTTP/1.1 304 "), "{known}");
    assert_eq!(field(&known, "Cache-Control"), field(&head, "Cache-Control"));
}
