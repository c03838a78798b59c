//! Law: a script of another site reads what it was allowed to, and no more.

use std::path::Path;

use bantam_std::ServeDir;

use crate::{Folder, put};

fn fill(root: &Path) {
    put(&root.join("a.txt"), b"a");
}

#[test]
fn an_origin_that_was_named_may_read() {
    let named = |root: ServeDir| {
        root.cors("https://a.example").and_then(|root| root.cors("http://b:1")).expect("origins")
    };
    let folder = Folder::new(fill, named);
    for (origin, allowed) in [
        ("Origin: https://a.example\r\n", Some("https://a.example")),
        ("Origin: http://b:1\r\n", Some("http://b:1")),
        ("Origin: https://a.example.evil\r\n", None),
        ("Origin: null\r\n", None),
        ("", None),
    ] {
        for path in ["/a.txt", "/nothing"] {
            let answer = folder.ask("GET", path, origin);
            assert_eq!(answer.field("Access-Control-Allow-Origin"), allowed, "{origin}");
            assert!(answer.field("Vary").is_some_and(|vary| vary.contains("Origin")), "{path}");
        }
    }
}

#[test]
fn everybody_may_read_where_everybody_was_named() {
    let folder = Folder::new(fill, |root| root.cors("*").expect("an origin"));
    let answer = folder.get("/a.txt");
    assert_eq!(answer.field("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(answer.field("Vary"), Some("Accept-Encoding"));
    assert_eq!(Folder::new(fill, |root| root).get("/a.txt").field("Access-Control-Allow-Origin"), None);
}

#[test]
fn a_browser_that_asks_beforehand_is_told() {
    let folder = Folder::new(fill, |root| root.cors("https://a.example").expect("an origin"));
    let asks = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: range\r\n";
    let told = folder.ask("OPTIONS", "/a.txt", &format!("Origin: https://a.example\r\n{asks}"));
    assert_eq!((told.status(), told.field("Vary")), (204, Some("Origin")));
    assert_eq!(told.field("Access-Control-Allow-Origin"), Some("https://a.example"));
    assert_eq!(told.field("Access-Control-Allow-MethodSet"), Some("GET, HEAD, OPTIONS"));
    assert!(told.field("Access-Control-Allow-Headers").is_some_and(|fields| fields.contains("Range")));
    let other = folder.ask("OPTIONS", "/a.txt", &format!("Origin: https://b.example\r\n{asks}"));
    assert_eq!((other.status(), other.field("Access-Control-Allow-Origin")), (204, None));
}
