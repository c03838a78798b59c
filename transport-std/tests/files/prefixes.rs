//! Files behind a prefix that a proxy, or a site, removes from the path.
//!
//! Invariant: no redirect and no link of a listing names the root by an absolute path.

use std::path::Path;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Site};
use bantam_std::{RunningServer, ServeDir, Server};

use crate::{Response, Served, ask_at, put};

fn fill(root: &Path) {
    std::fs::create_dir_all(root.join("docs/a:b/c d")).unwrap();
    put(&root.join("docs/a:b/c d/x"), b"x");
}

/// `ServeDir` below two prefixes, before and behind pages.
struct Mounted {
    files: ServeDir,
    pages: Pages,
}

impl Site for Mounted {
    bantam::routes! {
        USE "/app" => |app| &app.files,
        USE "/of/{user}" => |app| &app.files,
        .. => |app| &app.pages,
    }
}

struct Pages;

impl Site for Pages {
    bantam::routes! {
        GET|POST "/docs/a:b/page" => page,
    }
}

async fn page<S, C: Connection>(_: &S, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(bantam::Response::new(Status::OK).body(b"a page")).await
}

/// Resolves a reference against the path of a URL (RFC 3986 section 5.2, for references that are paths).
fn resolve(base: &str, reference: &str) -> String {
    assert!(
        !reference.starts_with('/') && !reference.split('/').next().unwrap().contains(':'),
        "{reference}"
    );
    let folder = base.split('?').next().unwrap().rsplit_once('/').unwrap().0;
    let mut names: Vec<&str> = folder.split('/').skip(1).collect();
    let (path, query) =
        reference.split_once('?').map_or((reference, None), |(path, query)| (path, Some(query)));
    let (parents, last) = path.rsplit_once('/').unwrap_or(("", path));
    for name in parents.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let path: String = names.iter().map(|name| format!("/{name}")).collect();
    format!("{path}/{last}{}", query.map(|query| format!("?{query}")).unwrap_or_default())
}

fn served_files(served: &Served) -> ServeDir {
    ServeDir::open(served.path("")).unwrap().listing(true)
}

fn start(site: impl Site + Send + Sync + 'static) -> RunningServer {
    Server::new().bind("127.0.0.1:0").unwrap().start(site).unwrap()
}

fn ask(server: &RunningServer, method: &str, path: &str) -> Response {
    ask_at(server.local_addrs()[0], method, path, "")
}

#[test]
fn redirects_and_links_of_listings_stay_below_the_prefix() {
    let served = Served::new(fill, |root| root);
    let server = start(Mounted { files: served_files(&served), pages: Pages });
    let ask = |path: &str| ask(&server, "GET", path);
    for (path, target) in [
        ("/app/docs", "/app/docs/"),
        ("/app/docs?a=b/c", "/app/docs/?a=b/c"),
        ("/app/docs/a:b", "/app/docs/a%3Ab/"),
        ("/app/docs/a:b/c%20d", "/app/docs/a:b/c%20d/"),
        // The root itself.
        ("/app", "/app/"),
        ("/%61pp?a", "/app/?a"),
        ("/of/a:b", "/of/a%3Ab/"),
        ("/of/ada/docs", "/of/ada/docs/"),
    ] {
        let response = ask(path);
        assert_eq!(response.status(), 308, "{path}");
        let location = resolve(path, response.field("Location").unwrap());
        assert_eq!(location, target);
        assert_eq!(ask(&location).status(), 200, "{location}");
    }
    let base = "/app/docs/a%3Ab/c%20d/";
    let page = ask(base).text();
    let links = page.split("href=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]);
    let paths: Vec<String> =
        links.filter(|link| !link.starts_with('?')).map(|link| resolve(base, link)).collect();
    let expected = ["/app/", "/app/docs/", "/app/docs/a%3Ab/", base, "/app/docs/a%3Ab/"];
    assert_eq!(paths[..5], expected);
    assert_eq!(paths[5], format!("{base}x"));
    for path in paths {
        assert_eq!(ask(&path).status(), 200, "{path}");
    }
}

#[test]
fn what_is_no_file_is_asked_of_the_other_site_with_every_method() {
    let served = Served::new(fill, |root| root);
    for server in [
        start(served_files(&served).or(Pages)),
        start(Pages.or(served_files(&served))),
        start(Mounted { files: served_files(&served), pages: Pages }),
    ] {
        for method in ["GET", "POST"] {
            let response = ask(&server, method, "/docs/a:b/page");
            assert_eq!((response.status(), response.text().as_str()), (200, "a page"), "{method}");
        }
        let options = ask(&server, "OPTIONS", "/docs/a:b/page");
        assert_eq!((options.status(), options.field("Allow")), (204, Some("GET, HEAD, POST, OPTIONS")));
        for method in ["GET", "POST", "OPTIONS"] {
            assert_eq!(ask(&server, method, "/docs/nothing").status(), 404, "{method}");
        }
    }
}

#[test]
fn files_behind_a_prefix_answer_every_method() {
    let served = Served::new(fill, |root| root);
    let server = start(Mounted { files: served_files(&served), pages: Pages });
    for (method, path, status, allow) in [
        ("GET", "/app/docs/a:b/c%20d/x", 200, None),
        ("POST", "/app/docs/a:b/c%20d/x", 405, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS", "/app/docs/a:b/c%20d/x", 204, Some("GET, HEAD, OPTIONS")),
        ("POST", "/app/docs", 405, Some("GET, HEAD, OPTIONS")),
        ("POST", "/app/nothing", 404, None),
        ("OPTIONS", "/app/nothing", 404, None),
        ("GET", "/apple", 404, None),
    ] {
        let response = ask(&server, method, path);
        assert_eq!((response.status(), response.field("Allow")), (status, allow), "{method} {path}");
    }
}
