//! The program with curl, an independent client.

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use program::Program;

fn curl(args: &[&str]) -> Output {
    let output =
        Command::new("curl").args(["-sS", "--max-time", "60"]).args(args).output().expect("curl runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(args: &[&str]) -> String {
    String::from_utf8(curl(args).stdout).expect("text")
}

in_every_mode! {
#[ignore = "needs curl: tests/run installs it"]
fn a_greeting_is_escaped(mode) {
    let program = Program::start_in(mode, &[]);
    let page = text(&["-i", &program.url("/?firstname=Ada%20%3Cb%3E")]);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("Ada &lt;b&gt;") && !page.contains("Ada <b>"), "{page}");
}

#[ignore = "needs curl: tests/run installs it"]
fn a_url_is_taken_as_curl_sends_it(mode) {
    let program = Program::start_in(mode, &[]);
    let page = text(&["-gi", &program.url("/?firstname=100%&ids[]=1&f={a|b}^`\\")]);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("100%"), "{page}");
    assert!(text(&["-gi", &program.url("/a[1]{b|c}^`")]).starts_with("HTTP/1.1 404 "));
}

#[ignore = "needs curl: tests/run installs it"]
fn one_connection_serves_several_requests(mode) {
    let program = Program::start_in(mode, &[]);
    let (page, picture) = (program.url("/"), program.url("/robots.txt"));
    let counts = text(&["-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects}", &page, &picture]);
    assert_eq!(counts, "10", "one connect for the first, none for the second");
}

#[ignore = "needs curl: tests/run installs it"]
fn a_head_request_has_the_head_of_get_and_no_body(mode) {
    let program = Program::start_in(mode, &[]);
    let url = program.url("/style.css");
    let (get, head) = (text(&["-i", &url]), text(&["-I", &url]));
    let head_of_get = get.split_inclusive("\r\n\r\n").next().unwrap();
    let undated =
        |head: &str| head.lines().filter(|line| !line.starts_with("Date:")).collect::<Vec<_>>().join("\n");
    assert_eq!(undated(&head), undated(head_of_get));
}

#[ignore = "needs curl: tests/run installs it"]
fn http_1_0_is_answered_and_closed(mode) {
    let program = Program::start_in(mode, &[]);
    let page = text(&["-i", "-0", &program.url("/")]);
    assert!(page.contains("\r\nConnection: close\r\n") && !page.contains("Transfer-Encoding"), "{page}");
}

#[ignore = "needs curl: tests/run installs it"]
fn an_unknown_method_is_501_and_an_unsupported_one_405(mode) {
    let program = Program::start_in(mode, &[]);
    assert!(text(&["-i", "-X", "BREW", &program.url("/")]).starts_with("HTTP/1.1 501 Not Implemented\r\n"));
    let refused = text(&["-i", "-X", "DELETE", &program.url("/")]);
    assert!(refused.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{refused}");
    assert!(refused.contains("\r\nAllow: GET, HEAD"), "{refused}");
}

#[ignore = "needs curl: tests/run installs it"]
fn an_unchanged_file_is_304(mode) {
    let program = Program::start_in(mode, &[]);
    let url = program.url("/style.css");
    let first = text(&["-I", &url]);
    let etag = first.lines().find_map(|line| line.strip_prefix("ETag: ")).expect("an ETag").trim();
    let again = text(&["-i", "-H", &format!("If-None-Match: {etag}"), &url]);
    assert!(again.starts_with("HTTP/1.1 304 Not Modified\r\n") && again.ends_with("\r\n\r\n"), "{again}");
}

#[ignore = "needs curl: tests/run installs it"]
fn a_chunked_upload_is_echoed(mode) {
    let program = Program::start_in(mode, &[]);
    let chunked =
        ["-H", "Transfer-Encoding: chunked", "-H", "Content-Type: text/plain", "-d", "to and fro", "-i"];
    let echo = text(&[&chunked[..], &[&program.url("/echo")]].concat());
    assert!(echo.ends_with("\r\n\r\nto and fro") && echo.contains("Content-Type: text/plain\r\n"), "{echo}");
}

/// 100 MB through `/echo`.
#[ignore = "needs curl: tests/run installs it"]
fn a_hundred_megabytes_are_echoed_in_constant_memory(mode) {
    const SIZE: usize = 100_000_000;
    const PIECE: usize = 1_000_000;
    let program = Program::start_in(mode, &["--quiet"]);
    let url = program.url("/echo");
    for expect in [&["-H", "Expect: 100-continue"][..], &["-H", "Expect:"]] {
        let mut child = Command::new("curl")
            .args(["-sS", "-f", "--max-time", "300", "-T", "-"])
            .args(expect)
            .arg(&url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl runs");
        let mut stdin = child.stdin.take().expect("piped");
        let writer = std::thread::spawn(move || {
            for piece in 0..SIZE / PIECE {
                stdin.write_all(&[piece as u8; PIECE]).expect("curl reads it");
            }
        });
        let mut stdout = child.stdout.take().expect("piped");
        let mut memory = vec![0; PIECE];
        for piece in 0..SIZE / PIECE {
            std::io::Read::read_exact(&mut stdout, &mut memory).expect("echoed");
            assert!(memory.iter().all(|byte| *byte == piece as u8), "unchanged, piece {piece}");
        }
        assert_eq!(std::io::Read::read(&mut stdout, &mut memory).unwrap(), 0, "and nothing more");
        writer.join().expect("written");
        assert!(child.wait().expect("curl ends").success());
    }
    let peak = program.status("VmHWM");
    println!("peak resident memory of the program: {peak}");
    let kilobytes: u64 = peak.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    assert!(kilobytes < 16_000, "{peak}");
}
}
