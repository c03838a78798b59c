//! `StaticFiles` below a prefix and behind another site: files in several codings, and files whose plain form was left out.
//! Invariant: every response to a GET of a negotiated file has `Vary`, and the answer does not depend on how the request arrives.

use bantam::{
    Connection, Freshness, Rejection, Representation, RequestDetails, Site, StaticFile, StaticFiles,
};
use bantam_tests::answers::{Answer, read};
use bantam_tests::memory::serve_bytes;
use bantam_tests::requests::request;

const GZIP: Representation = Representation { coding: Some("gzip"), etag: "\"g\"", bytes: b"coded" };
const PLAIN: Representation = Representation { coding: None, etag: "\"p\"", bytes: b"as it is" };
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

static BOTH: StaticFile = StaticFile::new("text/css", &[GZIP, PLAIN]).modified(DATE);
static CODED: StaticFile = StaticFile::new("text/css", &[GZIP]).modified(DATE);
static FILES: StaticFiles = StaticFiles::new(&[
    ("/both.12345678.css", Freshness::Immutable, &BOTH),
    ("/both.css", Freshness::Revalidated, &BOTH),
    ("/coded.css", Freshness::Revalidated, &CODED),
]);

struct App;

impl Site for App {
    bantam::routes! {
        USE "/static" => |_| &FILES,
        GET "/both.css/page" => page,
        .. => |_| &FILES,
    }
}

async fn page<C: Connection>(_: &App, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    Err(Rejection::BadInput.into())
}

fn answer(method: &str, path: &str, fields: &str) -> Answer {
    let request = request(method, path, fields, "");
    let all: Vec<Vec<u8>> = [1, 2, 7, usize::MAX]
        .into_iter()
        .map(|max_read| serve_bytes::<_, 512, 512>(&App, request.as_bytes(), max_read, None))
        .collect();
    assert!(all.iter().all(|bytes| *bytes == all[0]), "{method} {path} {fields}");
    read(&all[0], |_| method == "HEAD").expect("a well-formed answer").remove(0)
}

#[test]
fn a_file_whose_plain_form_was_left_out_is_406_to_a_request_that_excludes_its_coding() {
    for accepted in
        ["Accept-Encoding: identity\r\n", "Accept-Encoding: br, gzip;q=0\r\n", "Accept-Encoding:\r\n"]
    {
        // A condition or a range does not turn the refusal into another.
        for more in ["", "If-None-Match: \"g\"\r\n", "Range: bytes=0-1\r\n"] {
            let refused = answer("GET", "/coded.css", &format!("{accepted}{more}"));
            assert_eq!((refused.status, refused.field("Vary")), (406, Some("Accept-Encoding")), "{accepted}");
            assert_eq!(refused.field("Content-Type"), Some("text/plain; charset=utf-8"));
            assert!(refused.field("ETag").is_none() && refused.field("Content-Encoding").is_none());
            assert!(refused.body.starts_with(b"This file is here only in a content coding"), "{refused:?}");
        }
    }
    for accepting in ["", "Accept-Encoding: gzip;q=0.1\r\n", "Accept-Encoding: identity, *;q=0.5\r\n"] {
        let sent = answer("GET", "/coded.css", accepting);
        assert_eq!((sent.status, sent.field("Content-Encoding")), (200, Some("gzip")), "{accepting}");
        assert_eq!(sent.body, b"coded");
    }
}

#[test]
fn each_status_has_the_fields_that_a_cache_needs() {
    let gzip = "Accept-Encoding: gzip\r\n";
    for (fields, status, expected) in [
        ("", 200, ["\"g\"", "no-cache", "text/css", "gzip", "bytes", ""]),
        ("Range: bytes=1-2\r\n", 206, ["\"g\"", "no-cache", "text/css", "gzip", "bytes", "bytes 1-2/5"]),
        ("If-None-Match: \"g\"\r\n", 304, ["\"g\"", "no-cache", "", "", "", ""]),
        ("If-Match: \"p\"\r\n", 412, ["\"g\"", "no-cache", "", "", "", ""]),
        ("Range: bytes=5-\r\n", 416, ["", "", "", "", "", "bytes */5"]),
    ] {
        let sent = answer("GET", "/both.css", &format!("{gzip}{fields}"));
        let names =
            ["ETag", "Cache-Control", "Content-Type", "Content-Encoding", "Accept-Ranges", "Content-Range"];
        assert_eq!(names.map(|name| sent.field(name).unwrap_or("")), expected, "{fields}");
        assert_eq!((sent.status, sent.field("Vary")), (status, Some("Accept-Encoding")), "{fields}");
        let dated = !matches!(status, 416);
        assert_eq!(sent.field("Last-Modified"), dated.then_some(DATE), "{fields}");
    }
}

#[test]
fn files_stand_below_a_prefix_and_behind_a_site() {
    for path in ["/both.css", "/static/both.css", "/static/%62oth.css"] {
        assert_eq!(answer("GET", path, "").body, b"as it is", "{path}");
        let head = answer("HEAD", path, "");
        assert_eq!((head.status, head.field("Content-Length")), (200, Some("8")), "{path}");
        let refused = answer("DELETE", path, "");
        assert_eq!((refused.status, refused.field("Allow")), (405, Some("GET, HEAD, OPTIONS")), "{path}");
        assert_eq!(answer("OPTIONS", path, "").status, 204, "{path}");
    }
    let hashed = answer("GET", "/both.12345678.css", "");
    assert_eq!(hashed.field("Cache-Control"), Some("public, max-age=31536000, immutable"));
    for path in ["/static", "/static/", "/static/both", "/both.css/", "/static%2Fboth.css"] {
        assert_eq!(answer("GET", path, "").status, 404, "{path}");
    }
}
