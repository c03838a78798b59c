//! `Vary` (RFC 9110 section 12.5.5).
//!
//! Invariant: the field by which a response was chosen is named on every status of it, and no other field is.

use std::path::Path;

use bantam::Site as _;
use bantam::layers::Cors;

use crate::{Served, put};

fn fill(root: &Path) {
    std::fs::create_dir(root.join("empty")).unwrap();
    put(&root.join("index.html"), b"the page");
    put(&root.join("a.txt"), b"a text");
    put(&root.join("empty.html"), b"");
}

/// Each request with its fields, its status and whether `Accept` and `Accept-Encoding` chose the response.
const CASES: [(&str, &str, &str, u16, bool, bool); 16] = [
    ("GET", "/a.txt", "", 200, false, true),
    ("GET", "/a.txt", "Accept: text/html\r\n", 200, false, true),
    ("GET", "/a.txt", "If-None-Match: *\r\n", 304, false, true),
    ("GET", "/a.txt", "If-Match: \"x\"\r\n", 412, false, true),
    ("GET", "/a.txt", "Range: bytes=1-2\r\n", 206, false, true),
    ("GET", "/a.txt", "Range: bytes=9-\r\n", 416, false, true),
    ("HEAD", "/a.txt", "", 200, false, true),
    ("GET", "/a/route", "Accept: text/html\r\n", 200, true, true),
    ("HEAD", "/a/route", "Accept: text/html\r\n", 200, true, true),
    ("GET", "/a/route", "Accept: text/html\r\nIf-None-Match: *\r\n", 304, true, true),
    ("GET", "/a/route", "Accept: text/html\r\nRange: bytes=1-2\r\n", 206, true, true),
    ("GET", "/a/route", "Accept: text/html\r\nRange: bytes=99-\r\n", 416, true, true),
    ("GET", "/a/route", "Accept: image/png\r\n", 404, true, false),
    // A file in a coding stands for one that is gone.
    ("GET", "/gone.txt", "", 404, true, true),
    ("GET", "/empty/", "", 404, true, true),
    ("GET", "/empty", "", 308, false, false),
];

#[test]
fn a_response_names_the_fields_that_chose_it() {
    let spa = |root: bantam_std::ServeDir| root.spa("index.html").expect("a file");
    let served = Served::new(fill, spa);
    let with_origins = Served::new(fill, |root| spa(root).layer(Cors::new(["https://a.example"])));
    for (method, path, fields, status, accept, encoding) in CASES {
        let names = [(accept, "Accept"), (encoding, "Accept-Encoding"), (true, "Origin")];
        let expected = |names: &[(bool, &'static str)]| -> Vec<_> {
            names.iter().filter(|name| name.0).map(|name| name.1).collect()
        };
        for (served, names) in [(&served, &names[..2]), (&with_origins, &names[..])] {
            let response = served.ask(method, path, fields);
            assert_eq!(response.status(), status, "{method} {path} {fields}");
            let vary: Vec<_> =
                response.field("Vary").into_iter().flat_map(|value| value.split(", ")).collect();
            assert_eq!(vary, expected(names), "{method} {path} {fields}");
        }
    }
}

#[test]
fn what_is_the_same_for_every_request_does_not_vary() {
    let served = Served::new(fill, |root| root.listing(true));
    assert_eq!(served.ask("GET", "/empty", "Accept: text/html\r\n").field("Vary"), None);
    // The core refuses in HTML or in JSON.
    assert_eq!(served.ask("GET", "/nothing", "Accept: text/html\r\n").field("Vary"), Some("Accept"));
}
