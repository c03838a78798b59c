//! Law: what a path takes is said the same way to whoever asks and to whoever is refused.

use crate::pipe::{field, get, request};

const ALLOWED: [(&str, &str); 4] = [
    ("/", "GET, HEAD, OPTIONS"),
    ("/sleep", "GET, HEAD, OPTIONS"),
    ("/robots.txt", "GET, HEAD, OPTIONS"),
    ("/echo", "GET, HEAD, POST, PUT, OPTIONS"),
];

#[test]
fn options_says_which_methods_a_path_takes() {
    for (path, allow) in ALLOWED.into_iter().chain([("*", "GET, HEAD, POST, PUT, OPTIONS")]) {
        let answer = request("OPTIONS", path, "");
        let bare = answer.starts_with("HTTP/1.1 204 No Content\r\n") && answer.ends_with("\r\n\r\n");
        assert!(bare && field(&answer, "Content-Length").is_none(), "{answer}");
        assert_eq!(field(&answer, "Allow"), Some(allow), "{path}");
    }
}

#[test]
fn a_method_that_a_path_does_not_take_is_405_with_those_it_takes() {
    for (path, allow) in ALLOWED {
        let answer = request("DELETE", path, "");
        assert!(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{answer}");
        assert_eq!(field(&answer, "Allow"), Some(allow), "{path}");
    }
    assert!(request("POST", "/", "Content-Length: 0\r\n").starts_with("HTTP/1.1 405 "));
}

#[test]
fn head_has_the_head_of_get_and_no_body() {
    for path in ["/", "/robots.txt", "/echo", "/sleep", "/?firstname=Ada"] {
        let (get, head) = (get(path), request("HEAD", path, ""));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(Some(head.as_str()), get.split_inclusive("\r\n\r\n").next(), "{path}");
    }
}

#[test]
fn an_unknown_method_is_501() {
    assert!(request("BREW", "/", "").starts_with("HTTP/1.1 501 Not Implemented\r\n"));
}
