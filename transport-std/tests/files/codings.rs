//! Content codings: the choice of a precompressed file.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{Served, put};

fn fill(root: &Path) {
    put(&root.join("all.js"), b"plain");
    for (extension, bytes) in [("br", "in br"), ("zst", "in zstd"), ("gz", "in gzip")] {
        put(&root.join(format!("all.js.{extension}")), bytes.as_bytes());
    }
    put(&root.join("one.js"), b"plain");
    put(&root.join("one.js.gz"), b"in gzip");
    put(&root.join("none.js"), b"plain");
    fs::create_dir(root.join("none.js.br")).unwrap();
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
fn a_file_in_a_coding_stands_for_a_newer_one_and_for_one_that_is_gone() {
    let served = Served::new(fill, |root| root);
    let gzip = |path: &str| served.ask("GET", path, "Accept-Encoding: gzip\r\n");
    put(&served.path("one.js"), b"plain and newer");
    super::set_mtime(&served.path("one.js.gz"), SystemTime::now() - Duration::from_secs(7200));
    assert_eq!((&*gzip("/one.js").text(), &*served.get("/one.js").text()), ("in gzip", "plain and newer"));
    fs::remove_file(served.path("one.js")).unwrap();
    for _ in 0..2 {
        let coded = gzip("/one.js");
        assert_eq!((coded.status(), &*coded.text()), (200, "in gzip"));
        assert_eq!(
            (coded.field("Content-Encoding"), coded.field("Vary")),
            (Some("gzip"), Some("Accept-Encoding"))
        );
        let plain = served.get("/one.js");
        assert_eq!((plain.status(), plain.field("Vary")), (404, Some("Accept, Accept-Encoding")));
    }
}

#[test]
fn a_text_whose_original_is_gone_states_a_charset_when_the_original_is_back() {
    let served = Served::new(fill, |root| root);
    let content_type = || {
        let response = served.ask("GET", "/one.js", "Accept-Encoding: gzip\r\n");
        response.field("Content-Type").map(str::to_owned)
    };
    fs::remove_file(served.path("one.js")).unwrap();
    assert_eq!(content_type().as_deref(), Some("text/javascript"));
    put(&served.path("one.js"), b"plain");
    assert_eq!(content_type().as_deref(), Some("text/javascript; charset=utf-8"));
}

#[test]
fn a_file_in_a_coding_does_not_stand_for_a_directory() {
    let served = Served::new(
        |root| {
            for name in ["docs", "v1.2", "index.html"] {
                fs::create_dir(root.join(name)).unwrap();
                put(&root.join(format!("{name}.gz")), b"in gzip");
            }
        },
        |root| root,
    );
    for path in ["/docs", "/v1.2"] {
        let response = served.ask("GET", path, "Accept-Encoding: gzip\r\n");
        assert_eq!((response.status(), response.field("Vary")), (308, None), "{path}");
    }
    assert_eq!(served.ask("GET", "/", "Accept-Encoding: gzip\r\n").status(), 404);
}

#[test]
fn an_index_and_a_name_without_an_extension_have_codings_too() {
    let served = Served::new(
        |root| {
            for name in ["index.html", "LICENSE"] {
                put(&root.join(name), b"plain");
                put(&root.join(format!("{name}.br")), b"in br");
            }
        },
        |root| root,
    );
    for path in ["/", "/index.html", "/LICENSE"] {
        assert_eq!(served.ask("GET", path, "Accept-Encoding: br\r\n").text(), "in br", "{path}");
        assert_eq!(served.get(path).text(), "plain", "{path}");
    }
}

#[test]
fn a_file_in_a_coding_and_the_same_file_by_its_own_name_have_facts_of_their_own() {
    let served = Served::new(fill, |root| root);
    for _ in 0..2 {
        let coded = served.ask("GET", "/one.js", "Accept-Encoding: gzip\r\n");
        assert_eq!(coded.field("Content-Type"), Some("text/javascript; charset=utf-8"));
        let own = served.ask("GET", "/one.js.gz", "Accept-Encoding: gzip\r\n");
        assert_eq!(
            (own.field("Content-Type"), own.field("Content-Encoding")),
            (Some("application/gzip"), None)
        );
        assert_ne!(coded.field("ETag"), own.field("ETag"));
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
