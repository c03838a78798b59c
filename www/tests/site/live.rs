//! Tests of `/live` and `/api/live`, over a client whose side ends at once.

use crate::pipe::{body, exchange, field, get, request};

#[test]
fn the_page_draws_what_its_events_say_and_says_what_there_is_without_a_script() {
    let page = get("/live");
    assert_eq!(field(&page, "Content-Type"), Some("text/html; charset=utf-8"));
    for part in ["<script src=\"live.", "<noscript><p>", "<polyline/>", "href=\"style."] {
        assert!(page.contains(part), "{part}");
    }
    assert!(get("/live.js").contains("new EventSource('api/live')"));
    assert!(get("/").contains("href=\"live\""));
}

#[test]
fn the_events_are_a_stream_that_ends_with_its_client() {
    let response = get("/api/live");
    assert_eq!(field(&response, "Content-Type"), Some("text/event-stream"));
    assert_eq!(body(response.as_bytes()), "");
    let head = request("HEAD", "/api/live", "");
    assert_eq!(Some(head.as_str()), response.split_inclusive("\r\n\r\n").next());
    assert!(exchange("POST /api/live HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 405 "));
}
