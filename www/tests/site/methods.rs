//! Tests of OPTIONS, HEAD, 405 and 501.
//! Invariant: 405 has the same `Allow` as OPTIONS.

use crate::pipe::{field, get, request};

const ALLOWED: &[(&str, &str)] = &[
    ("/", "GET, HEAD, OPTIONS"),
    ("/sleep", "GET, HEAD, OPTIONS"),
    ("/robots.txt", "GET, HEAD, OPTIONS"),
    ("/echo", "GET, HEAD, POST, PUT, OPTIONS"),
    ("/hello/Ada", "GET, HEAD, OPTIONS"),
    ("/api/counter", "GET, HEAD, POST, OPTIONS"),
    #[cfg(feature = "upload")]
    ("/upload", "GET, HEAD, POST, OPTIONS"),
    #[cfg(feature = "chat")]
    ("/api/chat", "GET, HEAD, OPTIONS"),
    #[cfg(feature = "live")]
    ("/api/live", "GET, HEAD, OPTIONS"),
];

#[test]
fn options_lists_the_methods_of_a_path() {
    for (path, allow) in ALLOWED.iter().chain(&[("*", "GET, HEAD, POST, PUT, OPTIONS")]) {
        let response = request("OPTIONS", path, "");
        let bare = response.starts_with("HTTP/1.1 204 No Content\r\n") && response.ends_with("\r\n\r\n");
        assert!(bare && field(&response, "Content-Length").is_none(), "{response}");
        assert_eq!(field(&response, "Allow"), Some(*allow), "{path}");
    }
}

#[test]
fn a_method_that_a_path_does_not_take_gets_405_with_allow() {
    for (path, allow) in ALLOWED {
        let response = request("DELETE", path, "");
        assert!(response.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{response}");
        assert_eq!(field(&response, "Allow"), Some(*allow), "{path}");
    }
    assert!(request("POST", "/", "Content-Length: 0\r\n").starts_with("HTTP/1.1 405 "));
}

#[test]
fn head_has_the_head_of_get_and_no_body() {
    for path in
        ["/", "/robots.txt", "/style.css", "/echo", "/sleep", "/?firstname=Ada", "/hello/Ada", "/api/counter"]
    {
        let (get, head) = (get(path), request("HEAD", path, ""));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(Some(head.as_str()), get.split_inclusive("\r\n\r\n").next(), "{path}");
    }
}

#[test]
fn an_unknown_method_gets_501() {
    assert!(request("BREW", "/", "").starts_with("HTTP/1.1 501 Not Implemented\r\n"));
}
