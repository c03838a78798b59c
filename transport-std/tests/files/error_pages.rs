//! Files that answer what is refused.

use std::fs;

use bantam::wire::Status;
use bantam::{Connection, Layer, Refusal, RequestDetails, Response, Site};
use bantam_std::ServeDir;

use crate::{Served, put};

const PAGES: [u16; 7] = [401, 404, 405, 410, 412, 416, 500];

fn with_pages(dir: ServeDir) -> ServeDir {
    PAGES.into_iter().fold(dir, |dir, code| {
        let status = Status::new(code).unwrap();
        dir.error_page(status, &format!(".errors/{code}.html")).expect("a file")
    })
}

fn fill(root: &std::path::Path) {
    fs::create_dir(root.join(".errors")).unwrap();
    for code in PAGES {
        put(&root.join(format!(".errors/{code}.html")), format!("<h1>own {code}</h1>").as_bytes());
    }
    put(&root.join("a.txt"), b"a text");
}

#[test]
fn what_is_refused_has_its_page_and_keeps_its_fields() {
    let served = Served::new(fill, with_pages);
    for (method, path, fields, status, own) in [
        ("GET", "/nothing", "", 404, None),
        ("GET", "/nothing", "Range: bytes=0-1\r\n", 404, None),
        ("GET", "/nothing", "If-None-Match: *\r\nAccept: application/json\r\n", 404, None),
        ("POST", "/a.txt", "", 405, Some(("Allow", "GET, HEAD, OPTIONS"))),
        ("GET", "/a.txt", "Range: bytes=9-\r\n", 416, Some(("Content-Range", "bytes */6"))),
        ("GET", "/a.txt", "If-Match: \"x\"\r\n", 412, None),
    ] {
        let answer = served.ask(method, path, fields);
        let expected = format!("<h1>own {status}</h1>");
        assert_eq!(
            (answer.status(), &*answer.body),
            (status, expected.as_bytes()),
            "{method} {path} {fields}"
        );
        assert_eq!(answer.field("Content-Type"), Some("text/html; charset=utf-8"), "{answer:?}");
        assert_eq!(answer.field("Content-Length"), Some(&*expected.len().to_string()), "{answer:?}");
        assert_eq!(answer.field("Accept-Ranges"), None, "{answer:?}");
        if let Some((name, value)) = own {
            assert_eq!(answer.field(name), Some(value), "{answer:?}");
        }
        if status == 404 {
            assert_eq!(answer.field("Cache-Control"), Some("no-cache"), "{answer:?}");
            assert_eq!((answer.field("ETag"), answer.field("Last-Modified")), (None, None), "{answer:?}");
            let head = served.ask("HEAD", path, fields);
            assert_eq!((head.undated(), head.body.len()), (answer.undated(), 0));
        }
    }
    assert_eq!(served.get("/a.txt").body, b"a text");
    assert_eq!(served.ask("OPTIONS", "/a.txt", "").status(), 204);
}

#[test]
fn a_page_is_read_again_and_without_it_there_is_that_of_the_core() {
    let served = Served::new(fill, with_pages);
    let page = served.path(".errors/404.html");
    let large = "a page of 100 KB ".repeat(6_000);
    for text in ["<h1>another", &large, ""] {
        put(&page, text.as_bytes());
        assert_eq!(served.get("/nothing").body, text.as_bytes());
    }
    for without in [0, 1] {
        fs::remove_file(&page).unwrap();
        if without == 1 {
            fs::create_dir(&page).unwrap();
        }
        let answer = served.get("/nothing");
        assert_eq!(answer.status(), 404);
        assert!(answer.body.starts_with(b"<!doctype html>") && answer.field("Cache-Control").is_none());
        if without == 1 {
            fs::remove_dir(&page).unwrap();
        }
        put(&page, b"back");
        assert_eq!(served.get("/nothing").body, b"back");
    }
    fs::remove_dir_all(served.path("")).unwrap();
    assert_eq!(served.get("/nothing").status(), 503, "there is no root, and no page below it");
}

/// A site with pages that refuse.
struct Refusing;

impl Site for Refusing {
    bantam::routes! { GET "/gone" => gone, GET "/fails" => fails, GET "/here" => here }
}

async fn gone<C: Connection>(_: &Refusing, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    Err(Status::GONE.into())
}

async fn fails<C: Connection>(_: &Refusing, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.send(b"too early").await
}

async fn here<C: Connection>(_: &Refusing, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(b"here")).await
}

static LOGIN: Refusal = Refusal::new(Status::UNAUTHORIZED).fields(&[("WWW-Authenticate", "Bearer")]);

/// Refuses requests without the field `Authorization`.
struct Login;

impl Layer for Login {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        if details.headers.first("authorization").is_none() {
            return Err(details.refuse(&LOGIN));
        }
        site.request_handler(details).await
    }
}

#[test]
fn what_a_layer_or_another_site_refuses_has_the_page_too() {
    let login = "Authorization: x\r\n";
    let check = |served: &Served| {
        for (method, path, fields, status) in [
            ("GET", "/here", "", 401),
            ("GET", "/a.txt", "", 401),
            ("GET", "/gone", login, 410),
            ("GET", "/fails", login, 500),
            ("POST", "/gone", login, 405),
            ("POST", "/a.txt", login, 405),
            ("GET", "/nothing", login, 404),
        ] {
            let answer = served.ask(method, path, fields);
            let expected = format!("<h1>own {status}</h1>");
            assert_eq!((answer.status(), &*answer.body), (status, expected.as_bytes()), "{method} {path}");
            assert_eq!(answer.field("WWW-Authenticate"), (status == 401).then_some("Bearer"), "{path}");
        }
        assert_eq!(served.ask("GET", "/here", login).body, b"here");
        assert_eq!(served.ask("GET", "/a.txt", login).body, b"a text");
    };
    check(&Served::new(fill, |dir| Refusing.or(with_pages(dir)).layer(Login)));
    check(&Served::new(fill, |dir| with_pages(dir).or(Refusing).layer(Login)));
}

#[test]
fn a_page_is_a_file_below_the_root_and_its_status_one_of_a_refusal() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("root")).unwrap();
    fill(&home.path().join("root"));
    put(&home.path().join("outside.html"), b"outside");
    let set = |status: Status, file: &str| {
        ServeDir::open(home.path().join("root")).unwrap().error_page(status, file)
    };
    assert!(set(Status::NOT_FOUND, ".errors/404.html").is_ok());
    for file in ["nothing.html", "", ".errors", ".errors/", "../outside.html", "/a.txt", "a.txt/"] {
        let error = set(Status::NOT_FOUND, file).unwrap_err().to_string();
        assert!(error.contains("is not a file below the root"), "{error}");
    }
    for status in [Status::OK, Status::NOT_MODIFIED, Status::new(600).unwrap()] {
        assert!(set(status, "a.txt").unwrap_err().to_string().contains("400 to 599"));
    }
}
