//! Conditional requests, ranges and headers of files.

use crate::{Served, put};

const DIGITS: &[u8] = b"0123456789";

fn digits() -> Served {
    Served::new(|root| put(&root.join("d.txt"), DIGITS), |root| root)
}

#[test]
fn conditions_and_ranges_have_their_status_and_body() {
    let served = digits();
    let plain = served.get("/d.txt");
    let (etag, modified) = (plain.field("ETag").unwrap(), plain.field("Last-Modified").unwrap());
    assert!(etag.starts_with('"'), "strong: {etag}");
    for (fields, status, body) in [
        (String::new(), 200, "0123456789"),
        (format!("If-None-Match: {etag}\r\n"), 304, ""),
        (format!("If-None-Match: W/{etag}, \"x\"\r\n"), 304, ""),
        ("If-None-Match: *\r\n".into(), 304, ""),
        ("If-None-Match: \"x\"\r\n".into(), 200, "0123456789"),
        (format!("If-Modified-Since: {modified}\r\n"), 304, ""),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n".into(), 200, "0123456789"),
        (format!("If-Match: {etag}\r\n"), 200, "0123456789"),
        ("If-Match: \"x\"\r\n".into(), 412, ""),
        ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n".into(), 412, ""),
        ("Range: bytes=2-4\r\n".into(), 206, "234"),
        ("Range: bytes=-3\r\n".into(), 206, "789"),
        ("Range: bytes=8-\r\n".into(), 206, "89"),
        ("Range: bytes=8-99\r\n".into(), 206, "89"),
        ("Range: bytes=10-\r\n".into(), 416, ""),
        ("Range: bytes=-0\r\n".into(), 416, ""),
        ("Range: bytes=1-2,4-5\r\n".into(), 206, "12345"),
        ("Range: bytes=1-2,5-4\r\n".into(), 200, "0123456789"),
        ("Range: lines=0-1\r\n".into(), 200, "0123456789"),
        (format!("Range: bytes=2-4\r\nIf-Range: {etag}\r\n"), 206, "234"),
        ("Range: bytes=2-4\r\nIf-Range: \"x\"\r\n".into(), 200, "0123456789"),
        (format!("Range: bytes=2-4\r\nIf-None-Match: {etag}\r\n"), 304, ""),
    ] {
        let response = served.ask("GET", "/d.txt", &fields);
        assert_eq!((response.status(), &*response.text()), (status, body), "{fields}");
        let range = response.field("Content-Range");
        match status {
            206 => assert!(range.is_some_and(|range| range.ends_with("/10")), "{range:?}"),
            416 => assert_eq!(range, Some("bytes */10")),
            _ => assert_eq!(range, None),
        }
        let has_validators =
            response.field("ETag") == Some(etag) && response.field("Last-Modified") == Some(modified);
        assert_eq!(has_validators, status != 416, "{fields}");
    }
}

#[test]
fn a_head_is_the_head_of_get() {
    let served = digits();
    for (path, fields) in
        [("/d.txt", ""), ("/d.txt", "If-None-Match: *\r\n"), ("/d.txt", "If-Match: \"x\"\r\n"), ("/x", "")]
    {
        let (get, head) = (served.ask("GET", path, fields), served.ask("HEAD", path, fields));
        assert_eq!(head.undated(), get.undated());
        assert!(head.body.is_empty());
    }
}

#[test]
fn cache_control_is_sent_as_configured() {
    let fill = |root: &std::path::Path| put(&root.join("a"), b"x");
    let served = Served::new(fill, |root| root.cache_control("public, max-age=60").expect("a value"));
    assert_eq!(served.get("/a").field("Cache-Control"), Some("public, max-age=60"));
    assert_eq!(
        served.ask("GET", "/a", "If-None-Match: *\r\n").field("Cache-Control"),
        Some("public, max-age=60")
    );
    assert_eq!(Served::new(fill, |root| root).get("/a").field("Cache-Control"), Some("no-cache"));
}

#[test]
fn the_last_bytes_of_an_empty_file_are_all_of_it() {
    let served = Served::new(|root| put(&root.join("empty.txt"), b""), |root| root);
    for (range, status) in
        [("-5", 200), ("-18446744073709551616", 200), ("-0", 416), ("0-", 416), ("1-0", 200)]
    {
        let response = served.ask("GET", "/empty.txt", &format!("Range: bytes={range}\r\n"));
        let part = (status == 416).then_some("bytes */0");
        assert_eq!((response.status(), response.field("Content-Range")), (status, part), "{range}");
        assert_eq!((&*response.text(), response.field("Content-Length")), ("", Some("0")), "{range}");
    }
}
