//! Tests of `/upload`: a line for each part, with its name, its size and its SHA-256.

use sha2::{Digest, Sha256};

use crate::pipe::{body, exchange_parts, field, get, text};

const HEAD: &str = "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
                    Content-Type: multipart/form-data; boundary=xyz\r\n\r\n";

/// The response to a form, each part of which arrives alone.
fn upload(parts: &[&[u8]]) -> Vec<u8> {
    let chunks: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat())
        .collect();
    let mut all = vec![HEAD.as_bytes()];
    all.extend(chunks.iter().map(Vec::as_slice));
    all.push(b"0\r\n\r\n");
    exchange_parts(&all).0.received
}

fn hash(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn each_part_is_answered_with_its_name_its_size_and_its_hash() {
    let data: Vec<u8> = (0..100_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let response = upload(&[
        b"--xyz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n",
        b"--xyz\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.bin\"\r\n\r\n",
        &data,
        b"\r\n--xyz--\r\n",
    ]);
    let page = body(&response);
    let line = |name: &str, size: usize, data: &[u8]| {
        format!("<li class=\"piece\"><b>{name}<br>{size} bytes<br><code>{}</code></li>\n", hash(data))
    };
    for expected in [line("note</b> ", 5, b"hello"), line("files</b> a.bin", data.len(), &data)] {
        assert!(page.contains(&expected), "{expected} in {page}");
    }
    assert!(page.ends_with("</main>\n") && page.contains("<title>") && !page.contains("alert"), "{page}");
}

#[test]
fn names_are_escaped() {
    let name = "<img src=x onerror=alert(1)>&'%22\u{fc}";
    let head =
        format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n");
    let page = body(&upload(&[head.as_bytes(), b"\r\n--xyz--"]));
    let escaped = "&lt;img src=x onerror=alert(1)&gt;&amp;&#39;&quot;\u{fc}";
    assert!(page.contains(&format!("<b>{escaped}</b> {escaped}<br>0 bytes")), "{page}");
    assert!(!page.contains("<img"), "{page}");
}

#[test]
fn a_form_that_is_not_valid_is_refused_before_the_first_line_and_said_so_in_it_later() {
    for form in [&b"--xyz--\r\n"[..], b"--xyz\r\n\r\nx\r\n--xyz--", b"hello"] {
        let response = text(&upload(&[form]));
        assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{response}");
    }
    let good = b"--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nhello\r\n--xyz\r\n";
    for bad in [&b"X\r\n\r\n"[..], b"Content-Disposition: form-data; name=b\r\n\r\nx"] {
        let response = upload(&[good, bad]);
        let page = body(&response);
        assert!(page.contains(&hash(b"hello")) && page.contains("role=\"alert\""), "{page}");
        assert!(page.ends_with("</main>\n"), "{page}");
    }
    let many = b"--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n".repeat(101);
    let response = upload(&[&many, b"--xyz--"]);
    let page = body(&response);
    // The delimiter that begins one part too many ends the hundredth.
    assert_eq!((page.matches("<b>").count(), page.matches("role=\"alert\"").count()), (99, 1));
}

#[test]
fn get_returns_the_form_and_another_type_is_refused() {
    let form = get("/upload");
    assert!(
        form.starts_with("HTTP/1.1 200 OK\r\n") && form.contains("enctype=\"multipart/form-data\""),
        "{form}"
    );
    assert_eq!(field(&form, "Content-Type"), Some("text/html; charset=utf-8"));
    assert!(get("/").contains("href=\"upload\""));
    let request =
        "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc";
    let response = text(&exchange_parts(&[request.as_bytes()]).0.received);
    assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{response}");
}
