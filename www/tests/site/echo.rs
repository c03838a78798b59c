//! Tests of `/echo`: the response has the body, the content type and the length of the request.

use crate::pipe::{body, exchange, exchange_parts, field, get, request, text};

fn echo(fields: &str, content: &str) -> String {
    let length = content.len();
    exchange(&format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {length}\r\n\r\n{content}"))
}

#[test]
fn an_echo_has_the_length_of_the_request() {
    let long: String = (0..5000).map(|number| char::from(b'a' + (number % 23) as u8)).collect();
    for content in ["", "a", &long] {
        let response = echo("", content);
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert_eq!(field(&response, "Content-Length"), Some(content.len().to_string().as_str()));
        assert_eq!(response.split_once("\r\n\r\n").unwrap().1, content);
    }
}

#[test]
fn an_echo_of_a_chunked_body_is_chunked() {
    let head = b"PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (pipe, _) = exchange_parts(&[head, b"3\r\nabc\r\n", b"2\r\nde\r", b"\n0\r\n\r\n"]);
    assert_eq!(field(&text(&pipe.received), "Content-Length"), None);
    assert_eq!(body(&pipe.received), "abcde");
}

#[test]
fn an_echo_has_the_type_of_the_request() {
    let boundary = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";
    for stated in ["a/b", "text/plain; charset=utf-8", boundary] {
        assert_eq!(field(&echo(&format!("Content-Type: {stated}\r\n"), "x"), "Content-Type"), Some(stated));
    }
}

#[test]
fn a_missing_invalid_or_long_type_becomes_octet_stream() {
    let long = format!("Content-Type: {}\r\n", "a".repeat(600));
    for fields in
        ["", "Content-Type:\r\n", "Content-Type: a/\u{e9}\r\n", "Content-Type: a/b;\tc=d\r\n", &long]
    {
        let response = echo(fields, "x");
        assert_eq!(
            field(&response, "Content-Type"),
            Some("application/octet-stream"),
            "{fields}: {response}"
        );
        assert!(response.ends_with("\r\n\r\nx"), "{response}");
    }
}

#[test]
fn an_echo_sends_100_before_it_reads_the_body() {
    let head = b"PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let (pipe, _) = exchange_parts(&[head, b"ab"]);
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    assert_eq!(pipe.received_at_read[..2], [0, interim.len()], "100 is sent before the body is read");
    let received = text(&pipe.received);
    let response = received.strip_prefix(interim).expect("100 is first");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && response.ends_with("\r\n\r\nab"), "{response}");
}

#[test]
fn an_invalid_body_gets_400_before_the_response_is_sent() {
    let request = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nX";
    assert!(exchange(request).starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

#[test]
fn get_returns_the_form() {
    let form = get("/echo");
    assert!(form.starts_with("HTTP/1.1 200 OK\r\n") && form.contains("enctype=\"text/plain\""), "{form}");
    assert!(request("POST", "/echo", "").contains("\r\nContent-Type: application/octet-stream\r\n"));
}
