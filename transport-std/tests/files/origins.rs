//! Files below the layer of CORS.

use std::path::Path;

use bantam::Site as _;
use bantam::layers::Cors;
use bantam::wire::{Method, MethodSet};

use crate::{Served, put};

fn fill(root: &Path) {
    put(&root.join("a.txt"), b"a");
}

#[test]
fn an_allowed_origin_may_read() {
    let served = Served::new(fill, |root| root.layer(Cors::new(["https://a.example", "http://b:1"])));
    for (origin, allowed) in [
        ("Origin: https://a.example\r\n", Some("https://a.example")),
        ("Origin: http://b:1\r\n", Some("http://b:1")),
        ("Origin: https://a.example.evil\r\n", None),
        ("Origin: null\r\n", None),
        ("", None),
    ] {
        for (method, path, status) in
            [("GET", "/a.txt", 200), ("GET", "/nothing", 404), ("POST", "/a.txt", 405)]
        {
            let response = served.ask(method, path, origin);
            assert_eq!(response.status(), status);
            assert_eq!(response.field("Access-Control-Allow-Origin"), allowed, "{origin}");
            assert!(response.field("Vary").is_some_and(|vary| vary.contains("Origin")), "{path}");
        }
    }
}

#[test]
fn a_wildcard_allows_every_origin() {
    let served = Served::new(fill, |root| root.layer(Cors::new(["*"])));
    let response = served.get("/a.txt");
    assert_eq!(response.field("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(response.field("Vary"), Some("Accept-Encoding"));
    assert_eq!(Served::new(fill, |root| root).get("/a.txt").field("Access-Control-Allow-Origin"), None);
}

#[test]
fn a_preflight_request_is_answered_for_an_allowed_origin() {
    let cors = Cors::new(["https://a.example"]).methods(MethodSet::of(&[Method::Put])).headers("Range");
    let served = Served::new(fill, |root| root.layer(cors));
    let preflight = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: range\r\n";
    let allowed = served.ask("OPTIONS", "/a.txt", &format!("Origin: https://a.example\r\n{preflight}"));
    assert_eq!((allowed.status(), allowed.field("Vary")), (204, Some("Origin")));
    assert_eq!(allowed.field("Access-Control-Allow-Origin"), Some("https://a.example"));
    assert_eq!(allowed.field("Access-Control-Allow-Methods"), Some("PUT"));
    assert_eq!(allowed.field("Access-Control-Allow-Headers"), Some("Range"));
    let other = served.ask("OPTIONS", "/a.txt", &format!("Origin: https://b.example\r\n{preflight}"));
    assert_eq!((other.status(), other.field("Access-Control-Allow-Origin")), (204, None));
    assert_eq!((other.field("Vary"), other.field("Access-Control-Allow-Methods")), (Some("Origin"), None));
}
