//! Law: the site answers every path and method as its folders say, over a stream that anybody could have written.

use std::convert::Infallible;

use bantam::{Blocking, Buffers, blocking, serve};
use bantam_www::Www;
use embedded_io::{ErrorType, Read, Write};

/// A client that has said everything, and listens.
struct Pipe<'a> {
    said: &'a [u8],
    heard: Vec<u8>,
}

impl ErrorType for Pipe<'_> {
    type Error = Infallible;
}

impl Read for Pipe<'_> {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        self.said.read(memory)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.heard.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn exchange(said: &str) -> String {
    let mut transport = Blocking::new(Pipe { said: said.as_bytes(), heard: Vec::new() });
    blocking::run(serve(&mut transport, &mut Buffers::<1024, 8192>::new().session(), &Www))
        .expect("well-formed");
    String::from_utf8(transport.stream.heard).expect("well-formed")
}

fn request(method: &str, target: &str, fields: &str) -> String {
    exchange(&format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))
}

fn get(target: &str) -> String {
    request("GET", target, "")
}

fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The body of an answer in chunks.
fn body(answer: &str) -> String {
    let (_, mut rest) = answer.split_once("\r\n\r\n").expect("well-formed");
    let mut body = String::new();
    loop {
        let (size, behind) = rest.split_once("\r\n").expect("well-formed");
        let (data, behind) = behind.split_at(usize::from_str_radix(size, 16).expect("well-formed"));
        rest = behind.strip_prefix("\r\n").expect("well-formed");
        if data.is_empty() {
            return body;
        }
        body.push_str(data);
    }
}

#[test]
fn the_index_asks_for_a_name_and_greets_whoever_gives_one() {
    for path in ["/", "/index", "/?firstname=", "/?lastname=L"] {
        let page = body(&get(path));
        assert!(page.contains("<input id=\"firstname\"") && !page.contains("id=\"greeting\""), "{page}");
    }
    let page = body(&get("/?firstname=Ada+Lovelace"));
    assert!(page.contains("<h1 id=\"greeting\">Hello, Ada Lovelace!</h1>"), "{page}");
}

#[test]
fn a_name_is_escaped_however_it_was_encoded() {
    let page = body(&get("/?firstname=%3Cscript%3E%26%22%27"));
    assert!(page.contains("Hello, &lt;script&gt;&amp;&quot;&#39;!"), "{page}");
    let page = body(&get(&format!("/?firstname={}", "%3C".repeat(200))));
    assert!(page.contains(&format!("Hello, {}!", "&lt;".repeat(200))), "{page}");
    assert!(body(&get("/?firstname=%C3%89va")).contains("Hello, Éva!"));
}

#[test]
fn a_file_has_a_type_a_tag_and_a_length() {
    let answer = get("/robots.txt");
    assert_eq!(field(&answer, "Content-Type"), Some("text/plain; charset=utf-8"));
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(field(&answer, "Content-Length"), Some(body.len().to_string().as_str()));
    assert!(field(&answer, "ETag").unwrap().starts_with('"'));
    assert_eq!(field(&get("/style.css"), "Content-Type"), Some("text/css; charset=utf-8"));
    assert_eq!(field(&get("/bantam.svg"), "Content-Type"), Some("image/svg+xml"));
}

#[test]
fn a_file_that_the_client_has_is_not_sent_again() {
    let answer = get("/robots.txt");
    let etag = field(&answer, "ETag").unwrap();
    for known in [etag, "*", &format!("\"other\", W/{etag}")] {
        let again = request("GET", "/robots.txt", &format!("If-None-Match: {known}\r\n"));
        assert!(again.starts_with("HTTP/1.1 304 Not Modified\r\n") && again.ends_with("\r\n\r\n"), "{again}");
        assert_eq!((field(&again, "ETag"), field(&again, "Content-Length")), (Some(etag), None));
    }
    for unknown in ["\"other\"", etag.trim_matches('"'), ""] {
        let again = request("GET", "/robots.txt", &format!("If-None-Match: {unknown}\r\n"));
        assert!(again.starts_with("HTTP/1.1 200 "), "{unknown}: {again}");
    }
}

#[test]
fn head_has_the_head_of_get_and_no_body() {
    for path in ["/", "/robots.txt", "/echo", "/sleep"] {
        let (get, head) = (get(path), request("HEAD", path, ""));
        assert_eq!(Some(head.as_str()), get.split_inclusive("\r\n\r\n").next(), "{path}");
    }
}

#[test]
fn a_page_says_which_methods_it_takes() {
    for (path, allow) in [
        ("/", "GET, HEAD, OPTIONS"),
        ("/robots.txt", "GET, HEAD, OPTIONS"),
        ("/echo", "GET, HEAD, POST, PUT, OPTIONS"),
        ("*", "GET, HEAD, POST, PUT, OPTIONS"),
    ] {
        let answer = request("OPTIONS", path, "");
        assert!(
            answer.starts_with("HTTP/1.1 204 No Content\r\n") && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
        assert_eq!(field(&answer, "Allow"), Some(allow));
        if path != "*" {
            let answer = request("DELETE", path, "");
            assert!(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{answer}");
            assert_eq!(field(&answer, "Allow"), Some(allow));
        }
    }
}

#[test]
fn what_is_not_there_is_404_and_an_unknown_method_501() {
    assert!(get("/nothing").starts_with("HTTP/1.1 404 Not Found\r\n"));
    assert!(request("BREW", "/", "").starts_with("HTTP/1.1 501 Not Implemented\r\n"));
}

#[test]
fn an_echo_has_the_type_and_the_length_of_what_was_sent() {
    let long = "x".repeat(5000);
    let said =
        format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: 5000\r\n\r\n{long}");
    let answer = exchange(&said);
    assert_eq!(
        (field(&answer, "Content-Type"), field(&answer, "Content-Length")),
        (Some("a/b"), Some("5000"))
    );
    assert!(answer.ends_with(&format!("\r\n\r\n{long}")));
}

#[test]
fn an_echo_of_chunks_comes_in_chunks() {
    let said =
        "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let answer = exchange(said);
    assert_eq!(field(&answer, "Content-Type"), Some("application/octet-stream"));
    assert_eq!(body(&answer), "abcde");
}

#[test]
fn an_echo_asks_for_a_body_that_waits() {
    let said = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let answer = exchange(said);
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\n"), "{answer}");
}

#[test]
fn a_broken_body_is_refused_before_the_answer_has_left() {
    let said = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nX";
    assert!(exchange(said).starts_with("HTTP/1.1 400 Bad Request\r\n"));
}
