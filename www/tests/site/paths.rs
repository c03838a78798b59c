//! Law: a path is what it means, however it is spelled; nothing else is near enough.

use crate::pipe::{field, get, request};

#[test]
fn an_escape_that_is_not_needed_changes_nothing() {
    assert_eq!(get("/%69ndex?firstname=Ada"), get("/index?firstname=Ada"));
    assert_eq!(get("/robots%2Etxt"), get("/robots.txt"));
    assert_eq!(field(&request("OPTIONS", "/%65cho", ""), "Allow"), Some("GET, HEAD, POST, PUT, OPTIONS"));
}

#[test]
fn the_index_is_also_called_index() {
    assert_eq!(get("/"), get("/index"));
}

#[test]
fn the_absolute_form_is_the_same_path() {
    assert_eq!(get("http://a/index"), get("/index"));
}

#[test]
fn what_is_not_there_is_404() {
    for path in
        ["/nothing", "/index/", "/INDEX", "/sleep.rs", "/%2Findex", "/%2f", "//", "/./", "/../index", "/%2e/"]
    {
        assert!(get(path).starts_with("HTTP/1.1 404 Not Found\r\n"), "{path}");
    }
    assert!(request("OPTIONS", "/nothing", "").starts_with("HTTP/1.1 404 "));
    assert!(request("DELETE", "/nothing", "").starts_with("HTTP/1.1 404 "));
}
