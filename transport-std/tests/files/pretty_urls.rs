//! `ServeDir::pretty_urls`: pages without their extension.
//!
//! Invariant: but for its URL a page is served as any file is.

use std::os::unix::fs::symlink;
use std::path::Path;

use bantam_std::ServeDir;
use bantam_std::files::Symlinks;

use crate::{Served, put};

fn fill(root: &Path) {
    for dir in ["both", "both-indexed", "dir", "sub", ".well-known", ".secret"] {
        std::fs::create_dir(root.join(dir)).unwrap();
    }
    for name in [
        "index.html",
        "a.html",
        "file",
        "file.html",
        "both.html",
        "both-indexed.html",
        "both-indexed/index.html",
        "sub/b.html",
        "v1.2.html",
        ".env.html",
        ".well-known.html",
        ".secret/c.html",
        "a b.html",
    ] {
        put(&root.join(name), name.as_bytes());
    }
    put(&root.join("coded.html"), b"plain text");
    put(&root.join("coded.html.gz"), b"coded text");
    put(&root.join("gone.html.gz"), b"of one that is gone");
    symlink("a.html", root.join("link.html")).unwrap();
    symlink(root.parent().unwrap().join("outside/secret.txt"), root.join("out.html")).unwrap();
}

fn pretty(root: ServeDir) -> ServeDir {
    root.pretty_urls(true)
}

#[test]
fn a_page_is_found_without_its_extension_and_a_file_of_the_name_comes_first() {
    let served = Served::new(fill, pretty);
    for (path, content) in [
        ("/", "index.html"),
        ("/index", "index.html"),
        ("/a", "a.html"),
        ("/%61?b=c", "a.html"),
        ("/a.html", "a.html"),
        ("/a%20b", "a b.html"),
        ("/file", "file"),
        ("/file.html", "file.html"),
        ("/both", "both.html"),
        ("/both-indexed", "both-indexed.html"),
        ("/both-indexed/", "both-indexed/index.html"),
        ("/sub/b", "sub/b.html"),
        ("/v1.2", "v1.2.html"),
        ("/link", "a.html"),
    ] {
        let response = served.get(path);
        assert_eq!((response.status(), &*response.text()), (200, content), "{path}");
    }
    assert_eq!(served.get("/a").field("Content-Type"), Some("text/html; charset=utf-8"));
    for path in [
        "/a/",
        "/a.html/",
        "/both/",
        "/dir/",
        "/nothing",
        "/a.html.html",
        "/out",
        "/.env",
        "/.secret/c",
        "//a",
    ] {
        assert_eq!(served.get(path).status(), 404, "{path}");
    }
    for path in ["/dir", "/.well-known"] {
        let response = served.get(path);
        let location = format!("{}/", &path[1..]);
        assert_eq!((response.status(), response.field("Location")), (308, Some(&*location)), "{path}");
    }
}

#[test]
fn without_the_option_a_page_has_its_extension() {
    let served = Served::new(fill, |root| root);
    assert_eq!((served.get("/a").status(), served.get("/both").status()), (404, 308));
    let strict = Served::new(fill, |root| pretty(root).symlinks(Symlinks::Never));
    assert_eq!(strict.get("/link").status(), 404);
    let hidden = Served::new(fill, |root| pretty(root).hidden(true));
    for (path, content) in
        [("/.env", ".env.html"), ("/.well-known", ".well-known.html"), ("/.secret/c", ".secret/c.html")]
    {
        assert_eq!(hidden.get(path).text(), content);
    }
}

#[test]
fn a_page_has_the_validators_ranges_and_codings_of_its_file() {
    let served = Served::new(fill, pretty);
    for fields in [
        "",
        "Accept-Encoding: gzip\r\n",
        "If-None-Match: *\r\n",
        "If-Match: \"x\"\r\n",
        "Range: bytes=2-3\r\n",
        "Range: bytes=99-\r\n",
        "Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n",
    ] {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let (page, file) =
                (served.ask(method, "/coded", fields), served.ask(method, "/coded.html", fields));
            assert_eq!((page.undated(), page.text()), (file.undated(), file.text()), "{method} {fields}");
        }
    }
    assert_eq!(served.ask("GET", "/coded", "Accept-Encoding: gzip\r\n").text(), "coded text");
}

#[test]
fn an_answer_that_a_coded_page_would_replace_varies_by_the_coding() {
    let served = Served::new(fill, pretty);
    let statuses = ["", "Accept-Encoding: gzip\r\n"].map(|fields| {
        let response = served.ask("GET", "/gone", fields);
        // A refusal also varies by Accept.
        let vary = response.field("Vary").unwrap_or_default();
        assert!(vary.ends_with("Accept-Encoding"), "{}", response.head);
        response.status()
    });
    assert_eq!(statuses, [404, 200]);
    assert_eq!(served.get("/dir").field("Vary"), Some("Accept-Encoding"));
    let single_page = Served::new(fill, |root| pretty(root).spa("index.html").expect("a file"));
    let html = "Accept: text/html\r\n";
    for (path, content, vary) in
        [("/a", "a.html", "Accept-Encoding"), ("/route", "index.html", "Accept, Accept-Encoding")]
    {
        let response = single_page.ask("GET", path, html);
        assert_eq!((&*response.text(), response.field("Vary")), (content, Some(vary)), "{path}");
    }
}
