//! The rules of what is read and stored below the root.

use crate::Feature::{Archive, Auth, Compress, Hidden, Listing, PrettyUrls, Upload};
use crate::rules::VARIANTS;
use crate::{Case, ORIGIN, OTHER_ORIGIN};

pub(crate) fn ranges(case: &Case) {
    let whole = ["0123456789".repeat(10), "0123456789 coded".into()];
    for (coding, content) in ["", "Accept-Encoding: gzip\r\n"].into_iter().zip(&whole) {
        let full = case.ask("GET", "/coded.txt", coding);
        assert_eq!((full.status, &*full.body), (200, content.as_bytes()), "{full:?}");
        assert_eq!(full.field("content-encoding"), (!coding.is_empty()).then_some("gzip"), "{full:?}");
        for (range, start, end) in [("8-11", 8, 12), ("-5", content.len() - 5, content.len())] {
            let part = case.ask("GET", "/coded.txt", &format!("{coding}Range: bytes={range}\r\n"));
            assert_eq!((part.status, &*part.body), (206, &content.as_bytes()[start..end]), "{part:?}");
            let expected = format!("bytes {start}-{}/{}", end - 1, content.len());
            assert_eq!(part.field("content-range"), Some(&*expected), "{part:?}");
            for name in ["etag", "content-encoding", "content-type", "vary", "cache-control", "last-modified"]
            {
                assert_eq!(part.field(name), full.field(name), "{name} of {part:?}");
            }
        }
        let beyond = case.ask("GET", "/coded.txt", &format!("{coding}Range: bytes=900-\r\n"));
        assert_eq!((beyond.status, beyond.field("content-encoding")), (416, None), "{beyond:?}");
    }
    let [plain, coded] =
        ["", "Accept-Encoding: gzip\r\n"].map(|coding| case.ask("GET", "/coded.txt", coding));
    assert!(plain.field("etag").is_some() && plain.field("etag") != coded.field("etag"), "{plain:?}");
}

pub(crate) fn downloads(case: &Case) {
    let (get, head) =
        (case.ask("GET", "/dir/?archive=tar.gz", ""), case.ask("HEAD", "/dir/?archive=tar.gz", ""));
    let name = "attachment; filename=\"dir.tar.gz\"";
    assert_eq!(get.field("content-disposition"), case.has(Archive).then_some(name), "{get:?}");
    assert_eq!(get.body.starts_with(b"\x1f\x8b"), case.has(Archive), "{get:?}");
    assert_eq!(head.head(), get.head(), "{head:?}");
    let listed = String::from_utf8_lossy(&case.ask("GET", "/dir/", "").body).contains("?archive=tar.gz");
    assert_eq!(listed, case.has(Archive) && case.has(Listing));
    let file = case.ask("GET", "/a.txt?download", "");
    let name = Some("attachment; filename=\"a.txt\"");
    assert_eq!((file.field("content-disposition"), &*file.body), (name, &b"a text"[..]), "{file:?}");
}

pub(crate) fn compressed(case: &Case) {
    let plain = case.ask("GET", "/long.txt", "");
    let coded = case.ask("GET", "/long.txt", "Accept-Encoding: gzip\r\n");
    assert_eq!(
        (plain.status, plain.body.len(), plain.field("content-encoding")),
        (200, 5000, None),
        "{plain:?}"
    );
    if !case.has(Compress) {
        assert_eq!((coded.head(), &coded.body), (plain.head(), &plain.body), "{}", coded.request);
        return;
    }
    assert_eq!(coded.field("content-encoding"), Some("gzip"), "{coded:?}");
    assert_eq!(gunzip(&coded.body), plain.body);
    let tag = coded.field("etag").expect("a tag");
    assert!(tag.starts_with("W/"), "{tag}");
    for name in ["vary", "cache-control", "content-type", "last-modified"] {
        assert_eq!(coded.field(name), plain.field(name), "{name} of {coded:?}");
    }
    let ask = |fields: &str| case.ask("GET", "/long.txt", &format!("Accept-Encoding: gzip\r\n{fields}"));
    let unchanged = ask(&format!("If-None-Match: {tag}\r\n"));
    assert_eq!((unchanged.status, unchanged.field("etag")), (304, Some(tag)), "{unchanged:?}");
    assert_eq!(unchanged.field("vary"), coded.field("vary"), "{unchanged:?}");
    let part = ask("Range: bytes=1000-1009\r\n");
    assert_eq!((part.status, &*part.body), (206, &plain.body[1000..1010]), "{part:?}");
    let whole = ask(&format!("Range: bytes=1000-1009\r\nIf-Range: {tag}\r\n"));
    assert_eq!((whole.status, &whole.body), (200, &plain.body), "{}", whole.request);
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let (mut state, mut output) = (zlib_rs::Inflate::new(true, 15 + 16), vec![0; 1 << 16]);
    state.decompress(bytes, &mut output, zlib_rs::InflateFlush::Finish).expect("gzip");
    output.truncate(state.total_out() as usize);
    output
}

pub(crate) fn conditions(case: &Case) {
    for path in ["/a.txt", "/coded.txt", "/site/"] {
        for fields in ["", "Accept-Encoding: gzip\r\n", ORIGIN] {
            let full = case.ask("GET", path, fields);
            let etag = full.field("etag").expect("a tag");
            for method in ["GET", "HEAD"] {
                let unchanged = case.ask(method, path, &format!("{fields}If-None-Match: {etag}\r\n"));
                assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{unchanged:?}");
                for name in ["etag", "cache-control", "vary", "access-control-allow-origin"] {
                    assert_eq!(unchanged.field(name), full.field(name), "{name} of {unchanged:?}");
                }
            }
            let failed = case.ask("GET", path, &format!("{fields}If-Match: \"x\"\r\n"));
            assert_eq!(failed.status, 412, "{failed:?}");
            let ranged = case.ask("GET", path, &format!("{fields}If-Range: \"x\"\r\nRange: bytes=0-1\r\n"));
            assert_eq!((ranged.head(), &ranged.body), (full.head(), &full.body), "{}", ranged.request);
        }
    }
}

pub(crate) fn pages(case: &Case) {
    for fields in VARIANTS.into_iter().chain(["Range: bytes=0-1\r\n"]) {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let (page, file) = (case.ask(method, "/page", fields), case.ask(method, "/page.html", fields));
            let is_same = (page.head(), &page.body) == (file.head(), &file.body);
            assert!(is_same || !case.has(PrettyUrls), "{page:?} {file:?}");
        }
    }
    let status = if case.has(PrettyUrls) { 200 } else { 404 };
    assert_eq!(case.ask("GET", "/page", "").status, status);
    assert_eq!(case.ask("GET", "/gone", "Accept-Encoding: gzip\r\n").status, status);
}

pub(crate) fn uploads(case: &Case) {
    let steps = if case.has(Upload) { [201, 200, 204, 204, 404] } else { [404, 404, 404, 404, 404] };
    for (name, is_accepted) in [("new.txt", true), (".new", case.has(Hidden))] {
        for origin in [ORIGIN, OTHER_ORIGIN, "Origin: http://a.evil\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
            let refused = case.ask("PUT", &format!("/{name}"), origin);
            assert_eq!(refused.status, if case.has(Upload) { 403 } else { 404 }, "{refused:?}");
        }
        if case.has(Auth) {
            let refused = case.ask_plainly("PUT", &format!("/{name}"), "Host: a\r\n");
            assert_eq!(refused.status, 401, "{refused:?}");
        }
        let methods = ["PUT", "GET", "PUT", "DELETE", "DELETE"];
        // Each request is another one: an answer is remembered.
        for (number, (method, status)) in methods.into_iter().zip(steps).enumerate() {
            let is_refused = case.has(Upload) && method != "GET";
            let expected = if is_accepted {
                status
            } else if is_refused {
                403
            } else {
                404
            };
            let answer = case.ask(method, &format!("/{name}?{number}"), "");
            assert_eq!(answer.status, expected, "{answer:?}");
        }
    }
    let methods = case.ask("OPTIONS", "/a.txt", "");
    let writes = methods.field("allow").is_some_and(|allow| allow.contains("PUT, DELETE"));
    assert_eq!(writes, case.has(Upload), "{methods:?}");
}
