//! Law: whoever gives a name is greeted by it, and by nothing that it could do.

use crate::pipe::{body, converse, field, get};

fn page(target: &str) -> String {
    let said = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    body(&converse(&[said.as_bytes()]).0.heard)
}

/// What stands in the place of the name.
fn greeted(value: &str) -> String {
    let page = page(&format!("/?firstname={value}"));
    let (_, behind) = page.split_once("<h1 id=\"greeting\">Hello, ").expect("a greeting");
    behind.split_once("!</h1>").expect("the end of it").0.to_owned()
}

#[test]
fn the_index_asks_for_a_name() {
    for path in ["/", "/index", "/?firstname=", "/?firstname", "/?lastname=L"] {
        let page = page(path);
        let form = page.contains("<form action=\"/\">")
            && page.contains("<input id=\"firstname\" name=\"firstname\"");
        assert!(form && !page.contains("id=\"greeting\""), "{page}");
    }
    assert_eq!(field(&get("/"), "Content-Type"), Some("text/html; charset=utf-8"));
}

#[test]
fn the_index_is_small_styled_and_leads_to_the_other_pages() {
    let page = page("/");
    assert!(page.len() < 1500, "{} bytes", page.len());
    for link in
        ["href=\"/style.css\"", "src=\"/bantam.svg\"", "href=\"/sleep\"", "href=\"/echo\"", "viewport"]
    {
        assert!(page.contains(link), "{link}");
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
fn a_name_that_is_not_utf_8_is_greeted_with_replacements() {
    assert_eq!(greeted("A%FFB"), "A\u{fffd}B");
    assert_eq!(greeted("%C3%3Cb%3E"), "\u{fffd}&lt;b&gt;");
    assert_eq!(greeted("%E2%82"), "\u{fffd}");
    assert_eq!(greeted("%00"), "\u{fffd}");
}

#[test]
fn a_name_may_be_longer_than_every_buffer() {
    assert_eq!(greeted(&"%3C".repeat(300)), "&lt;".repeat(300));
}
