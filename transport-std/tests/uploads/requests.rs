//! What each request stores, replaces and removes, and what it is answered.

use std::fs;
use std::io::Read as _;

use crate::client::{Folder, begin, finish, form};
use crate::common::wait_until;

in_every_mode! {
fn a_file_is_stored_once_and_served_with_the_tag_that_was_told(mode) {
    let folder = Folder::start(mode, &["--listing"]);
    let reply = folder.ask("PUT", "/dir/a%20b.txt", "", b"hello");
    assert_eq!((reply.status, reply.field("Location")), (201, Some("a%20b.txt")), "{reply:?}");
    let got = folder.ask("GET", "/dir/a%20b.txt", "", b"");
    assert_eq!((got.status, &*got.body, got.field("ETag")), (200, "hello", reply.field("ETag")), "{got:?}");
    assert_eq!(folder.put("/dir/a%20b.txt", b"other"), 409);
    assert_eq!(folder.put("/empty", b""), 201);
    let chunked = begin(folder.program.address, "PUT", "/chunked", "Transfer-Encoding: chunked\r\n");
    std::io::Write::write_all(&mut &chunked, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").unwrap();
    assert_eq!(finish(chunked).status, 201);
    let large = "x".repeat(3_000_000);
    let reply = folder.ask("PUT", "/x.gz", "", large.as_bytes());
    assert_eq!((reply.status, folder.content("x.gz").as_ref()), (201, Some(&large)));
    assert_eq!(folder.content("dir/a b.txt").as_deref(), Some("hello"));
    assert_eq!(folder.content("chunked").as_deref(), Some("abcde"));
    assert_eq!(folder.names(), ["chunked", "dir/a b.txt", "empty", "x.gz"]);
}

fn a_file_is_replaced_where_that_is_wanted_and_the_conditions_are_met(mode) {
    let folder = Folder::start(mode, &["--upload-overwrite", "--upload-fsync"]);
    fs::write(folder.path("a"), "old").unwrap();
    #[cfg(unix)]
    fs::set_permissions(folder.path("a"), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let tag = folder.ask("HEAD", "/a", "", b"").field("ETag").unwrap().to_owned();
    for (path, fields, status) in [
        ("/a", "If-None-Match: *\r\n".to_owned(), 412),
        ("/a", "If-Match: \"x\"\r\n".into(), 412),
        ("/a", format!("If-None-Match: {tag}\r\n"), 412),
        ("/a", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n".into(), 412),
        ("/new", "If-Match: *\r\n".into(), 412),
        ("/new", format!("If-Match: {tag}\r\n"), 412),
        ("/a", format!("If-Match: {tag}\r\n"), 204),
        ("/a", format!("If-Match: {tag}\r\n"), 412),
        ("/a", "If-Match: *\r\n".into(), 204),
        ("/a", String::new(), 204),
        ("/new", "If-None-Match: *\r\n".into(), 201),
        ("/new", "If-None-Match: *\r\n".into(), 412),
    ] {
        let before = folder.content(&path[1..]);
        let reply = folder.ask("PUT", path, &fields, format!("{fields} {path}").as_bytes());
        assert_eq!(reply.status, status, "{path} {fields}");
        let stored = status != 412;
        assert_eq!(reply.field("ETag").is_some(), stored, "{reply:?}");
        let expected = if stored { Some(format!("{fields} {path}")) } else { before };
        assert_eq!(folder.content(&path[1..]), expected, "{path} {fields}");
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&folder.path("a").metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o640, "the permissions stay");
    }
    assert_eq!(folder.names(), ["a", "new"]);
}

/// RFC 9110 section 13.2.1: what is refused anyway is refused whatever the conditions are.
fn without_overwrite_a_condition_changes_nothing(mode) {
    let folder = Folder::start(mode, &[]);
    fs::write(folder.path("a"), "old").unwrap();
    for fields in ["", "If-Match: *\r\n", "If-None-Match: *\r\n", "If-Match: \"x\"\r\n"] {
        assert_eq!(folder.ask("PUT", "/a", fields, b"new").status, 409, "{fields}");
    }
    assert_eq!(folder.ask("PUT", "/b", "If-Match: *\r\n", b"new").status, 412);
    assert_eq!((folder.content("a").as_deref(), folder.names().len()), (Some("old"), 1));
}

fn a_file_is_removed_and_a_folder_is_not(mode) {
    let folder = Folder::start(mode, &["--upload-fsync"]);
    fs::write(folder.path("dir/a"), "text").unwrap();
    let statuses = [("/dir/a", "If-Match: \"x\"\r\n", 412), ("/dir/a", "", 204), ("/dir/a", "", 404), ("/dir", "", 409)];
    for (path, fields, status) in statuses.into_iter().chain([("/dir/", "", 409), ("/", "", 409), ("/no/a", "", 404)]) {
        assert_eq!(folder.ask("DELETE", path, fields, b"").status, status, "{path} {fields}");
    }
    assert!(folder.path("dir").is_dir() && folder.names().is_empty());
}

fn a_form_stores_its_files_when_all_of_it_has_arrived(mode) {
    let folder = Folder::start(mode, &["--listing", "--upload-fsync"]);
    let files = [
        ("filename=\"a.txt\"", "one"),
        ("filename=\"\"", ""),
        ("filename=\"C:\\dir\\b c.txt\"", "two"),
        ("filename=\"x\"; filename*=UTF-8''%e2%82%ac%20.txt", "three"),
        ("filename=\"../../d\"", "four"),
    ];
    let reply = folder.post("/dir/", "", &files);
    assert_eq!((reply.status, &*reply.body), (201, "a.txt\nb%20c.txt\n%E2%82%AC%20.txt\nd\n"), "{reply:?}");
    assert_eq!(folder.names(), ["dir/a.txt", "dir/b c.txt", "dir/d", "dir/€ .txt"]);
    assert_eq!(folder.content("dir/€ .txt").as_deref(), Some("three"));
    // One of them has its name already, or is refused: none is stored.
    for name in ["a.txt", ".env", "..", "a\nb", "e", ".bantam-upload-x"] {
        let names = [("filename=\"e\"", "five"), (&*format!("filename*=utf-8''{}", name.replace('\n', "%0a")), "six")];
        let status = folder.post("/dir/", "", &names).status;
        assert_eq!(status, if matches!(name, "a.txt" | "e") { 409 } else { 403 }, "{name}");
    }
    assert_eq!(folder.names().len(), 4);
    let reply = folder.post("/dir", "", &[("filename=f", "six")]);
    assert_eq!((reply.status, reply.field("Location"), &*reply.body), (201, Some("dir/f"), "dir/f\n"));
    for (path, location) in [("/dir/?sort=size", "./"), ("/dir", "dir/")] {
        let reply = folder.post(path, "Accept: text/html,*/*;q=0.8\r\n", &[(&*format!("filename=g{}", path.len()), "seven")]);
        assert_eq!((reply.status, reply.field("Location")), (303, Some(location)), "{reply:?}");
    }
    assert_eq!(folder.post("/dir/", "", &[]).status, 400, "no file");
    assert_eq!(folder.ask("POST", "/dir/", "", b"a=b").status, 415);
    assert_eq!(folder.ask("POST", "/dir/", "Content-Type: multipart/form-data\r\n", b"a=b").status, 400);
    let many: Vec<_> = (0..65).map(|number| format!("filename=many{number}")).collect();
    let many: Vec<_> = many.iter().map(|name| (&**name, "")).collect();
    assert_eq!(folder.post("/", "", &many).status, 413);
    assert_eq!(folder.post("/", "", &many[..64]).status, 201);
}

fn what_cannot_be_stored_is_refused_with_a_sentence(mode) {
    let folder = Folder::start(mode, &[]);
    let long = format!("/{}", "x".repeat(256));
    for (method, path, fields, status) in [
        ("PUT", "/", "", 409),
        ("PUT", "/dir", "", 409),
        ("PUT", "/dir/", "", 409),
        ("PUT", "/new/", "", 409),
        ("PUT", "/no/a", "", 409),
        ("PUT", "/a/../b", "", 403),
        ("PUT", "/%2e%2e/b", "", 403),
        ("PUT", "//a", "", 403),
        ("PUT", "/.env", "", 403),
        ("PUT", "/.git/config", "", 403),
        ("PUT", "/a%00b", "", 403),
        ("PUT", "/a%0Ab", "", 403),
        ("PUT", "/a%2Fb", "", 403),
        ("PUT", "/.bantam-upload-0", "", 403),
        ("PUT", &long, "", 403),
        ("PUT", "/a", "Content-Range: bytes 0-4/10\r\n", 400),
        ("PUT", "/a", "Content-Encoding: gzip\r\n", 415),
        ("PUT", "/a", "Origin: https://evil.example\r\n", 403),
        ("PUT", "/a", "Sec-Fetch-Site: cross-site\r\n", 403),
        ("DELETE", "/a", "Origin: null\r\n", 403),
        ("POST", "/dir/", "Sec-Fetch-Site: same-site\r\nOrigin: http://files.example\r\n", 403),
        ("POST", "/nothing", "", 404),
        ("POST", "/nothing/", "", 404),
        ("PATCH", "/a", "", 404),
    ] {
        let reply = folder.ask(method, path, fields, b"hello");
        assert_eq!(reply.status, status, "{method} {path} {fields}: {reply:?}");
        assert!(reply.body.trim_end().ends_with('.'), "{reply:?}");
        assert!(folder.names().is_empty(), "{method} {path} {fields}");
    }
    for fields in ["Origin: http://files.example\r\n", "Sec-Fetch-Site: same-origin\r\n", "Content-Encoding: identity\r\n"] {
        assert_eq!(folder.ask("PUT", "/a", fields, b"hello").status, 201, "{fields}");
        assert_eq!(folder.ask("DELETE", "/a", "", b"").status, 204);
    }
}

fn a_body_that_is_too_long_is_refused_before_it_is_sent(mode) {
    let folder = Folder::start(mode, &["--upload-max", "1000"]);
    let stream = begin(folder.program.address, "PUT", "/a", "Content-Length: 1001\r\nExpect: 100-continue\r\n");
    assert_eq!(finish(stream).status, 413, "without 100");
    let mut stream = begin(folder.program.address, "PUT", "/a", "Content-Length: 1000\r\nExpect: 100-continue\r\n");
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    std::io::Write::write_all(&mut stream, &[b'x'; 1000]).unwrap();
    assert_eq!(finish(stream).status, 201);
    let stream = begin(folder.program.address, "PUT", "/b", "Transfer-Encoding: chunked\r\n");
    std::io::Write::write_all(&mut &stream, &[b"3e9\r\n", &[b'x'; 1001][..], b"\r\n0\r\n\r\n"].concat()).unwrap();
    assert_eq!(finish(stream).status, 413);
    let (longest, longer) = ("x".repeat(1000), "x".repeat(1001));
    assert_eq!(folder.post("/", "", &[("filename=c", &longest), ("filename=d", &longer)]).status, 413);
    assert_eq!(folder.post("/", "", &[("filename=c", &longest), ("filename=d", &longest)]).status, 201);
    assert_eq!(folder.names(), ["a", "c", "d"]);
}

fn a_body_that_is_malformed_or_cut_off_leaves_nothing(mode) {
    let (content_type, body) = form(&[("filename=a", "new"), ("filename=b", "new")]);
    let [longer, shorter] =
        [body.len() + 5, body.len() - 8].map(|length| format!("{content_type}Content-Length: {length}\r\n"));
    for (timeout, status, requests) in [
        ("600", 400, [
            // No chunk, and no last boundary.
            ("PUT", "/a", "Transfer-Encoding: chunked\r\n", &b"3\r\nabc\r\nx\r\n"[..]),
            ("POST", "/", &shorter, &body[..body.len() - 8]),
        ]),
        // Bodies that do not go on.
        ("0.2", 408, [("PUT", "/a", "Content-Length: 10\r\n", b"abc"), ("POST", "/", &longer, &body)]),
    ] {
        let folder = Folder::start(mode, &["--upload-overwrite", "--timeout-body", timeout]);
        fs::write(folder.path("a"), "old").unwrap();
        for (method, path, fields, bytes) in requests {
            let stream = begin(folder.program.address, method, path, fields);
            // It may be answered before.
            let _ = std::io::Write::write_all(&mut &stream, bytes);
            assert_eq!(finish(stream).status, status, "{method} {fields}");
        }
        wait_until(|| folder.temporary().is_empty());
        assert_eq!((folder.names(), folder.content("a").as_deref()), (vec!["a".to_owned()], Some("old")));
    }
}

fn without_the_flag_nothing_is_stored_and_allow_says_so(mode) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "old").unwrap();
    let root = ["--quiet", "--root", dir.path().to_str().unwrap(), "--listing"];
    let off = crate::program::Program::start_in(mode, &root);
    let on = crate::program::Program::start_in(mode, &[&root[..], &["--upload"]].concat());
    for (path, method) in [("/a", "PUT"), ("/a", "DELETE"), ("/", "POST")] {
        let reply = crate::client::ask(off.address, method, path, "", b"new");
        assert_eq!((reply.status, reply.field("Allow")), (405, Some("GET, HEAD, OPTIONS")), "{method}");
    }
    for (path, allow) in [
        ("/a", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/", "GET, HEAD, POST, OPTIONS"),
        ("*", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    ] {
        let reply = crate::client::ask(on.address, "OPTIONS", path, "", b"");
        assert_eq!(reply.field("Allow"), Some(allow), "{path}");
        // The asterisk is for OPTIONS alone.
        if path != "*" {
            let reply = crate::client::ask(on.address, "PATCH", path, "", b"");
            assert_eq!((reply.status, reply.field("Allow")), (405, Some(allow)), "{path}");
        }
    }
    let pages = [&off, &on].map(|program| crate::client::ask(program.address, "GET", "/", "", b"").body);
    assert_eq!(pages.map(|page| page.contains("<form method=\"post\"")), [false, true]);
    assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "old");
}
}
