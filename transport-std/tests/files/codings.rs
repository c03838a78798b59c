//! Content codings: the choice of a precompressed file.

use std::path::Path;

use crate::{Served, put};

fn fill(root: &Path) {
    put(&root.join("all.js"), b"plain");
    for (extension, bytes) in [("br", "in br"), ("zst", "in zstd"), ("gz", "in gzip")] {
        put(&root.join(format!("all.js.{extension}")), bytes.as_bytes());
    }
    put(&root.join("one.js"), b"plain");
    put(&root.join("one.js.gz"), b"in gzip");
    put(&root.join("none.js"), b"plain");
    std::fs::create_dir(root.join("none.js.br")).unwrap();
}

#[test]
fn the_coding_with_the_highest_quality_is_sent() {
    let served = Served::new(fill, |root| root);
    for (path, accepted, body) in [
        ("/all.js", None, "plain"),
        ("/all.js", Some(""), "plain"),
        ("/all.js", Some("gzip"), "in gzip"),
        ("/all.js", Some("gzip, br"), "in br"),
        ("/all.js", Some("gzip, deflate, br, zstd"), "in br"),
        ("/all.js", Some("gzip, zstd"), "in zstd"),
        ("/all.js", Some("br;q=0.5, gzip;q=0.9"), "in gzip"),
        ("/all.js", Some("br;q=0, gzip;q=0, zstd;q=0"), "plain"),
        ("/all.js", Some("*"), "in br"),
        ("/all.js", Some("*;q=0"), "plain"),
        ("/all.js", Some("br;q=0.5, identity"), "plain"),
        ("/all.js", Some("x-gzip"), "in gzip"),
        ("/all.js", Some("br;q=nonsense"), "plain"),
        ("/one.js", Some("gzip, br"), "in gzip"),
        ("/one.js", Some("br"), "plain"),
        ("/none.js", Some("gzip, br"), "plain"),
    ] {
        let fields = accepted.map(|value| format!("Accept-Encoding: {value}\r\n")).unwrap_or_default();
        let response = served.ask("GET", path, &fields);
        assert_eq!(response.text(), body, "{path} {accepted:?}");
        assert_eq!(response.field("Content-Encoding"), body.strip_prefix("in "), "{path} {accepted:?}");
        assert_eq!(response.field("Vary"), Some("Accept-Encoding"));
        assert_eq!(response.field("Content-Type"), Some("text/javascript; charset=utf-8"));
    }
}

#[test]
fn each_coding_has_its_own_tag_and_ranges() {
    let served = Served::new(fill, |root| root);
    let tag = |fields: &str| served.ask("GET", "/all.js", fields).field("ETag").unwrap().to_owned();
    let (plain, br) = (tag(""), tag("Accept-Encoding: br\r\n"));
    assert_ne!(plain, br);
    let asked = |coding: &str, tag: &str| {
        let fields = format!("Accept-Encoding: {coding}\r\nIf-None-Match: {tag}\r\n");
        served.ask("GET", "/all.js", &fields)
    };
    assert_eq!((asked("br", &br).status(), asked("br", &plain).status()), (304, 200));
    assert_eq!(asked("br", &br).field("Vary"), Some("Accept-Encoding"));
    let part = served.ask("GET", "/all.js", "Accept-Encoding: br\r\nRange: bytes=3-4\r\n");
    assert_eq!((part.status(), &*part.text(), part.field("Content-Range")), (206, "br", Some("bytes 3-4/5")));
}
