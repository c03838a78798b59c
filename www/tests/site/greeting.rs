//! Tests of the index page.
//! Invariant: a name is shown as text and never as markup.

use crate::pipe::{body, exchange_parts, field, get};

fn page(target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    body(&exchange_parts(&[request.as_bytes()]).0.received)
}

/// Returns the name as the page shows it.
fn greeted(value: &str) -> String {
    let page = page(&format!("/?firstname={value}"));
    let (_, after) = page.split_once("<h1 id=\"greeting\">Hello, ").expect("a greeting");
    after.split_once("!</h1>").expect("the end of the greeting").0.to_owned()
}

#[test]
fn the_index_asks_for_a_name() {
    for path in ["/", "/index", "/?firstname=", "/?firstname", "/?lastname=L"] {
        let page = page(path);
        let form = page.contains("<form action=\"./\">")
            && page.contains("<input id=\"firstname\" name=\"firstname\"");
        assert!(form && !page.contains("id=\"greeting\""), "{page}");
    }
    assert_eq!(field(&get("/"), "Content-Type"), Some("text/html; charset=utf-8"));
}

#[test]
fn the_index_is_small_styled_and_links_to_the_other_pages() {
    let page = page("/");
    assert!(page.len() < 1500, "{} bytes", page.len());
    for link in [
        "href=\"style.",
        "src=\"bantam.",
        "href=\"sleep\"",
        "href=\"echo\"",
        "href=\"hello/world\"",
        "href=\"api/counter\"",
        "viewport",
    ] {
        assert!(page.contains(link), "{link}");
    }
}

#[test]
fn no_page_links_by_an_absolute_path_which_a_proxy_may_prefix() {
    for path in ["/", "/echo", "/hello/Ada"] {
        let page = get(path);
        let links = ["href=\"/", "src=\"/", "action=\"/"].map(|link| page.contains(link));
        assert_eq!(links, [false; 3], "{path}: {page}");
        assert!(page.contains("style."), "{page}");
    }
}

#[test]
fn a_name_is_decoded() {
    assert_eq!(greeted("Ada+Lovelace"), "Ada Lovelace");
    assert_eq!(greeted("%C3%89va%2B1"), "Éva+1");
    assert_eq!(greeted("A&firstname=B"), "A");
}

#[test]
fn a_name_is_escaped_in_the_greeting() {
    assert_eq!(greeted("%3Cscript%3E%26%22%27"), "&lt;script&gt;&amp;&quot;&#39;");
    assert_eq!(greeted("'%26lt;"), "&#39;&amp;lt;");
}

#[test]
fn invalid_utf_8_in_a_name_is_replaced() {
    assert_eq!(greeted("A%FFB"), "A\u{fffd}B");
    assert_eq!(greeted("%C3%3Cb%3E"), "\u{fffd}&lt;b&gt;");
    assert_eq!(greeted("%E2%82"), "\u{fffd}");
    assert_eq!(greeted("%00"), "\u{fffd}");
}

#[test]
fn a_name_may_be_longer_than_the_buffers() {
    assert_eq!(greeted(&"%3C".repeat(300)), "&lt;".repeat(300));
}
