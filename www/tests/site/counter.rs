//! Tests of `/api/counter`: GET returns a number as JSON, POST increments it, and all connections share it.

use bantam_www::Www;

use crate::pipe::{exchange_with, field, text};

/// The number in the response of a site.
fn number(site: &Www, method: &str) -> u32 {
    let request = format!("{method} /api/counter HTTP/1.1\r\nHost: a\r\n\r\n");
    let response = text(&exchange_with(site, &[request.as_bytes()]).0.received);
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert_eq!(field(&response, "Content-Type"), Some("application/json"));
    assert_eq!(field(&response, "Cache-Control"), Some("no-store"));
    let json = response.split_once("\r\n\r\n").expect("a body").1;
    let number = json.trim().strip_prefix("{\"clicks\":").and_then(|rest| rest.strip_suffix('}'));
    number.expect("an object with one member").trim_start().parse().expect("a number")
}

#[test]
fn a_post_increments_the_number_of_all_connections() {
    let site = Www::new();
    assert_eq!(number(&site, "GET"), 0);
    let numbers: Vec<u32> = (0..11).map(|_| number(&site, "POST")).collect();
    assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
    assert_eq!(number(&site, "GET"), 11);
    assert_eq!(number(&Www::new(), "GET"), 0, "another site counts for itself");
}
