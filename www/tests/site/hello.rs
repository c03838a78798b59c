//! Tests of `/hello/{name}`: the name in the path is shown as text and never as markup.

use crate::pipe::{body, exchange_parts};

/// Returns the name as the page shows it.
fn greeted(name: &str) -> String {
    let request = format!("GET /hello/{name} HTTP/1.1\r\nHost: a\r\n\r\n");
    let page = body(&exchange_parts(&[request.as_bytes()]).0.received);
    let (_, after) = page.split_once("<h1 id=\"greeting\">Hello, ").expect("a greeting");
    after.split_once("!</h1>").expect("the end of the greeting").0.to_owned()
}

#[test]
fn the_name_in_the_path_is_decoded_and_escaped() {
    for (name, expected) in [
        ("Ada", "Ada"),
        ("Ada%20Lovelace", "Ada Lovelace"),
        ("A+B", "A+B"),
        ("%C3%89va", "Éva"),
        ("a%2Fb", "a/b"),
        ("%3Cb%3E%26", "&lt;b&gt;&amp;"),
        ("%FF", "\u{fffd}"),
    ] {
        assert_eq!(greeted(name), expected, "{name}");
    }
    assert_eq!(greeted(&"%3C".repeat(200)), "&lt;".repeat(200));
}
