//! `Content-Type` and its charset, and files whose size is not known.

use std::path::Path;

use crate::{Served, put};

#[test]
fn the_content_type_follows_from_the_name_and_the_charset_from_the_content() {
    const FILES: [(&str, &[u8], &str); 14] = [
        ("a.html", b"<p>", "text/html; charset=utf-8"),
        ("latin.html", b"<meta charset=latin1>", "text/html"),
        ("a.css", b"a {}", "text/css; charset=utf-8"),
        ("latin.css", b"@charset \"iso-8859-1\"; a {}", "text/css"),
        ("a.mjs", b"1", "text/javascript; charset=utf-8"),
        ("utf-16.txt", b"\xff\xfea\0", "text/plain"),
        ("latin.txt", b"caf\xe9", "text/plain"),
        ("a.json", b"{}", "application/json"),
        ("a.xml", b"<a/>", "application/xml"),
        ("a.png", b"x", "image/png"),
        ("a.ts", b"let x = 1;", "text/plain; charset=utf-8"),
        ("a.woff", b"x", "font/woff"),
        ("a.stl", b"x", "model/stl"),
        ("a", b"x", "application/octet-stream"),
    ];
    let fill = |root: &Path| FILES.iter().for_each(|(name, bytes, _)| put(&root.join(name), bytes));
    let served = Served::new(fill, |root| root);
    for (name, _, expected) in FILES {
        // The second answer is from what was remembered, where it was.
        for _ in 0..2 {
            assert_eq!(served.get(&format!("/{name}")).field("Content-Type"), Some(expected), "{name}");
        }
    }
}

#[test]
fn one_file_under_two_names_is_judged_for_each() {
    let fill = |root: &Path| {
        put(&root.join("a.html"), b"<meta charset=latin1>");
        for name in ["a.txt", "a.xml"] {
            std::fs::hard_link(root.join("a.html"), root.join(name)).unwrap();
        }
    };
    let served = Served::new(fill, |root| root);
    // Until the last change is old enough nothing is remembered.
    let linked = std::time::Instant::now();
    crate::common::wait_until(|| linked.elapsed() > std::time::Duration::from_millis(2_100));
    for (name, expected) in
        [("a.html", "text/html"), ("a.txt", "text/plain; charset=utf-8"), ("a.xml", "application/xml")]
    {
        assert_eq!(served.get(&format!("/{name}")).field("Content-Type"), Some(expected));
    }
}

#[test]
fn the_charset_of_a_coded_file_is_that_of_the_plain_one() {
    let fill = |root: &Path| {
        put(&root.join("latin.txt"), b"caf\xe9");
        put(&root.join("latin.txt.gz"), b"in gzip");
    };
    let served = Served::new(fill, |root| root);
    let response = served.ask("GET", "/latin.txt", "Accept-Encoding: gzip\r\n");
    assert_eq!((response.field("Content-Type"), &*response.text()), (Some("text/plain"), "in gzip"));
}

#[test]
fn a_text_beyond_the_first_block_is_judged_by_that_block() {
    let fill = |root: &Path| {
        let mut text = vec![b'a'; 400_000];
        put(&root.join("ascii.txt"), &text);
        text[10_000] = 0xe9;
        put(&root.join("latin.txt"), &text);
    };
    let served = Served::new(fill, |root| root);
    // Once: the tag of a large file changes when it has settled.
    assert_eq!(served.get_once("/ascii.txt").field("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(served.get_once("/latin.txt").field("Content-Type"), Some("text/plain"));
}

#[test]
fn a_compressed_image_says_its_coding_whatever_the_client_accepts() {
    let fill = |root: &Path| {
        put(&root.join("a.svgz"), b"\x1f\x8b compressed");
        put(&root.join("plain.svgz"), b"<svg/>");
        put(&root.join("a.svgz.br"), b"not sent");
    };
    let served = Served::new(fill, |root| root);
    for fields in ["", "Accept-Encoding: br\r\n"] {
        let response = served.ask("GET", "/a.svgz", fields);
        assert_eq!(response.field("Content-Type"), Some("image/svg+xml"));
        assert_eq!((response.field("Content-Encoding"), response.field("Vary")), (Some("gzip"), None));
        assert!(response.body.starts_with(b"\x1f\x8b"));
    }
    assert_eq!(served.get("/plain.svgz").field("Content-Encoding"), None);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_states_no_size_is_sent_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::of(home, Path::new("/proc/sys/kernel"), |_| {}, |root| root);
    let expected = std::fs::read_to_string("/proc/sys/kernel/ostype").unwrap();
    for fields in ["", "Range: bytes=1-2\r\n"] {
        let response = served.ask("GET", "/ostype", fields);
        assert_eq!((response.status(), response.text()), (200, expected.clone()));
        assert_eq!((response.field("Accept-Ranges"), response.field("ETag")), (None, None));
    }
    assert_eq!(served.ask("HEAD", "/ostype", "").status(), 200);
}
