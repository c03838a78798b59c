//! `Redirects` and `Prefix` around pages and files.

use std::path::Path;

use bantam::layers::Cors;
use bantam::wire::{Method, MethodSet, Status};
use bantam::{Connection, Rejection, RequestDetails, Site};
use bantam_std::{Prefix, Redirects, ServeDir};

use crate::{Served, put};

fn fill(root: &Path) {
    std::fs::create_dir_all(root.join("sub/inner")).unwrap();
    put(&root.join("sub/x"), b"x");
    put(&root.join("old"), b"a file that is redirected");
    put(&root.join("kept"), b"kept");
    put(&root.join("spa.html"), b"<p>application");
}

/// A page that shows its path.
struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        match details.uri.path {
            "/page" => {
                let (path, method) = (details.rest(), details.method);
                details.text(Status::OK, format_args!("{path} {method}")).await
            }
            _ => Err(Rejection::NoRoute.into()),
        }
    }
}

fn redirects(rules: &[&str]) -> Redirects {
    Redirects::new(rules.iter().map(|rule| rule.parse().expect("a redirect"))).expect("a set")
}

const RULES: [&str; 7] = [
    "/old=/new",
    "/temporary=/kept?from=old#top=302",
    "/blog/*=/sub/*",
    "/blog/one=/kept=303",
    "/gone/*=/kept=301",
    "/all/*=/*",
    "/else/*=https://else.example/a/*=307",
];

#[test]
fn a_redirect_keeps_the_rest_and_the_query_and_comes_before_the_file() {
    let served = Served::new(fill, |root| Pages.or(root).layer(redirects(&RULES)));
    for (path, status, location) in [
        ("/old", 308, "/new"),
        ("/%6fld?a=b&c", 308, "/new?a=b&c"),
        ("/temporary?a=b", 302, "/kept?from=old&a=b#top"),
        ("/blog/", 308, "/sub/"),
        ("/blog/a/b%20c?d", 308, "/sub/a/b%20c?d"),
        ("/%62log/x", 308, "/sub/x"),
        ("/blog/one", 303, "/kept"),
        ("/gone/a/b", 301, "/kept"),
        ("/else/a%2Cb/?c", 307, "https://else.example/a/a%2Cb/?c"),
        ("/all/kept", 308, "/kept"),
    ] {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let response = served.ask(method, path, "");
            let got = (response.status(), response.field("Location"), &*response.text());
            assert_eq!(got, (status, Some(location), ""), "{method} {path}");
        }
    }
    assert_eq!(served.get("/kept").text(), "kept");
    assert_eq!(served.get("/page").text(), "/page GET");
    for path in ["/old/", "/blog", "/gone", "/nothing"] {
        assert_eq!(served.get(path).status(), 404, "{path}");
    }
    let response = served.ask("OPTIONS", "*", "");
    assert_eq!((response.status(), response.field("Allow")), (204, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn no_request_makes_a_redirect_lead_to_another_host() {
    let single_page = |root: ServeDir| root.spa("spa.html").expect("a file");
    let served = Served::new(fill, |root| single_page(root).layer(redirects(&RULES)));
    for path in [
        "/all//evil.example",
        "/all///evil.example",
        "/all/%2fevil.example",
        "/all/%2F%2Fevil.example",
        "/all/%5cevil.example",
        "/all/%5C%5Cevil.example",
        "/all/.//evil.example",
        "/all/..//evil.example",
        "/all/%2e%2e//evil.example",
        "/all/x/..//evil.example",
        "/all/%09/evil.example",
        "/all/%0d%0aSet-Cookie:%20a=b",
        "/all/%00",
        "//all/evil.example",
        "//evil.example/all/x",
        "/%2fall/x",
    ] {
        for accept in ["", "Accept: text/html\r\n"] {
            let response = served.ask("GET", path, accept);
            assert_eq!((response.field("Location"), response.field("Set-Cookie")), (None, None), "{path}");
        }
    }
    for query in ["//evil.example", "/\\evil.example", "%0d%0aSet-Cookie:%20a=b"] {
        let location = format!("/kept?{query}");
        let response = served.get(&format!("/all/kept?{query}"));
        assert_eq!(response.field("Location"), Some(&*location));
        assert_eq!(response.field("Set-Cookie"), None);
    }
    assert_eq!(served.get("/all/\\evil.example").status(), 400);
}

fn prefix() -> Prefix {
    "/docs/v1".parse().expect("a prefix")
}

#[test]
fn a_site_below_a_prefix_is_there_and_nowhere_else() {
    let served = Served::new(fill, |root| Pages.or(root.listing(true)).layer(prefix()));
    for (path, content) in [
        ("/docs/v1/kept", "kept"),
        ("/%64ocs/v%31/kept", "kept"),
        ("/docs/v1/sub/x", "x"),
        ("/docs/v1/page?a", "/page GET"),
    ] {
        let response = served.get(path);
        assert_eq!((response.status(), &*response.text()), (200, content), "{path}");
    }
    for (path, location) in [
        ("/docs/v1", "v1/"),
        ("/docs/v1?a=//b", "v1/?a=//b"),
        ("/docs/v1/sub", "sub/"),
        ("/docs/v1/sub/inner?a", "inner/?a"),
    ] {
        for method in ["GET", "HEAD"] {
            let response = served.ask(method, path, "");
            assert_eq!((response.status(), response.field("Location")), (308, Some(location)), "{path}");
        }
        let [post, options] = ["POST", "OPTIONS"].map(|method| served.ask(method, path, ""));
        assert_eq!((post.status(), options.status()), (405, 204), "{path}");
        assert_eq!(
            (post.field("Allow"), options.field("Allow")),
            (Some("GET, HEAD, OPTIONS"), post.field("Allow"))
        );
    }
    for path in [
        "/",
        "/kept",
        "/page",
        "/docs",
        "/docs/",
        "/docs/v1x/kept",
        "/docs/v2/kept",
        "//docs/v1/kept",
        "/docs//v1/kept",
        "/docs/v1//kept",
        "/docs/v1/../v1/kept",
        "/docs%2fv1/kept",
        "/x/docs/v1/kept",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            assert_eq!(served.ask(method, path, "").status(), 404, "{method} {path}");
        }
    }
    let page = served.get("/docs/v1/sub/").text();
    for link in ["href=\"../\"", "href=\"./x\"", "href=\"./inner/\""] {
        assert!(page.contains(link), "{page}");
    }
    let response = served.ask("OPTIONS", "*", "");
    assert_eq!((response.status(), response.field("Allow")), (204, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn a_prefix_stands_below_redirects_and_cors_and_above_the_fallback_file() {
    const ALL: Cors<[&str; 1]> = Cors::new(["*"]).methods(MethodSet::of(&[Method::Get]));
    let adapt = |root: ServeDir| {
        let site = root.spa("spa.html").expect("a file").pretty_urls(true);
        site.layer(prefix()).layer(redirects(&["/=/docs/v1/=302", "/docs/v1/old=/docs/v1/kept"])).layer(ALL)
    };
    let served = Served::new(fill, adapt);
    let html = "Accept: text/html\r\n";
    for (path, status, location) in [
        ("/", 302, Some("/docs/v1/")),
        ("/docs/v1/old", 308, Some("/docs/v1/kept")),
        ("/docs/v1/any/route", 200, None),
        ("/docs/v1/spa", 200, None),
        ("/any/route", 404, None),
    ] {
        let response = served.ask("GET", path, html);
        assert_eq!((response.status(), response.field("Location")), (status, location), "{path}");
        assert_eq!(response.field("Access-Control-Allow-Origin"), Some("*"), "{path}");
    }
    assert_eq!(served.ask("GET", "/docs/v1/any/route", html).text(), "<p>application");
    let preflight =
        served.ask("OPTIONS", "/docs/v1/kept", "Origin: https://a\r\nAccess-Control-Request-Method: GET\r\n");
    assert_eq!(preflight.status(), 204);
}
