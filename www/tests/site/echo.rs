//! Law: an echo is what was said: its bytes, its type and, where it was known, its length.

use crate::pipe::{body, converse, exchange, field, get, request, text};

fn echo(fields: &str, content: &str) -> String {
    let length = content.len();
    exchange(&format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {length}\r\n\r\n{content}"))
}

#[test]
fn an_echo_has_the_length_of_what_was_sent() {
    let long: String = (0..5000).map(|number| char::from(b'a' + (number % 23) as u8)).collect();
    for content in ["", "a", &long] {
        let answer = echo("", content);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(field(&answer, "Content-Length"), Some(content.len().to_string().as_str()));
        assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, content);
    }
}

#[test]
fn an_echo_of_chunks_comes_in_chunks() {
    let head = b"PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (pipe, _) = converse(&[head, b"3\r\nabc\r\n", b"2\r\nde\r", b"\n0\r\n\r\n"]);
    assert_eq!(field(&text(&pipe.heard), "Content-Length"), None);
    assert_eq!(body(&pipe.heard), "abcde");
}

#[test]
fn an_echo_has_the_type_of_what_was_sent() {
    let boundary = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";
    for stated in ["a/b", "text/plain; charset=utf-8", boundary] {
        assert_eq!(field(&echo(&format!("Content-Type: {stated}\r\n"), "x"), "Content-Type"), Some(stated));
    }
}

#[test]
fn a_type_that_cannot_be_sent_back_is_not() {
    let long = format!("Content-Type: {}\r\n", "a".repeat(600));
    for fields in
        ["", "Content-Type:\r\n", "Content-Type: a/\u{e9}\r\n", "Content-Type: a/b;\tc=d\r\n", &long]
    {
        let answer = echo(fields, "x");
        assert_eq!(field(&answer, "Content-Type"), Some("application/octet-stream"), "{fields}: {answer}");
        assert!(answer.ends_with("\r\n\r\nx"), "{answer}");
    }
}

#[test]
fn an_echo_asks_for_a_body_that_waits() {
    let head = b"PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let (pipe, _) = converse(&[head, b"ab"]);
    let go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    assert_eq!(pipe.marks[..2], [0, go_on.len()], "it is asked before the body is waited for");
    let heard = text(&pipe.heard);
    let answer = heard.strip_prefix(go_on).expect("100 comes first");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nab"), "{answer}");
}

#[test]
fn a_broken_body_is_refused_before_the_answer_has_left() {
    let said = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nX";
    assert!(exchange(said).starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

#[test]
fn whoever_brings_nothing_gets_help() {
    let help = get("/echo");
    assert!(help.starts_with("HTTP/1.1 200 OK\r\n") && help.contains("enctype=\"text/plain\""), "{help}");
    assert!(request("POST", "/echo", "").contains("\r\nContent-Type: application/octet-stream\r\n"));
}
