//! Tests of the router: percent-encoding, `index`, absolute-form and 404.

use crate::pipe::{field, get, request};

#[test]
fn an_unneeded_escape_is_decoded() {
    assert_eq!(get("/%69ndex?firstname=Ada"), get("/index?firstname=Ada"));
    assert_eq!(get("/robots%2Etxt"), get("/robots.txt"));
    assert_eq!(field(&request("OPTIONS", "/%65cho", ""), "Allow"), Some("GET, HEAD, POST, PUT, OPTIONS"));
}

#[test]
fn the_index_has_two_paths() {
    assert_eq!(get("/"), get("/index"));
}

#[test]
fn the_absolute_form_is_the_same_path() {
    assert_eq!(get("http://a/index"), get("/index"));
}

#[test]
fn any_other_path_gets_404() {
    let long = format!("/{}", "%41".repeat(200));
    for path in [
        "/nothing",
        "/index/",
        "/INDEX",
        "/sleep.rs",
        "/%2Findex",
        "/%2f",
        "//",
        "/./",
        "/../index",
        "/%2e/",
        "/hello/",
        "/hello/a/b",
        "/robots.00000000.txt",
        &long,
    ] {
        assert!(get(path).starts_with("HTTP/1.1 404 Not Found\r\n"), "{path}");
    }
    assert!(request("OPTIONS", "/nothing", "").starts_with("HTTP/1.1 404 "));
    assert!(request("DELETE", "/nothing", "").starts_with("HTTP/1.1 404 "));
}
