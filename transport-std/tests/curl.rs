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

/// Two parts of a file by `requests`, read by the parser of mails in Python's library.
const REQUESTS: &str = "
import sys, email, requests
answer = requests.get(sys.argv[1], headers={'Range': 'bytes=0-1,500-509'})
head = 'Content-Type: ' + answer.headers['Content-Type'] + '\\r\\n\\r\\n'
mail = email.message_from_bytes(head.encode() + answer.content)
print(answer.status_code, mail.is_multipart(), mail.defects)
for part in mail.get_payload():
    print(part['Content-Type'], part['Content-Range'], part.get_payload())
";

in_every_mode! {
#[ignore = "needs curl and Python's requests: tests/run installs them"]
fn several_ranges_are_parts_for_curl_and_for_requests(mode) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("d.bin"), "0123456789".repeat(100)).unwrap();
    let program = Program::start_in(mode, &["--root", dir.path().to_str().unwrap()]);
    let url = program.url("/d.bin");
    let answer = text(&["-i", "-r", "0-1,500-509", &url]);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
    let boundary = line("Content-Type: multipart/byteranges; boundary=");
    assert_eq!(line("Content-Length: "), body.len().to_string());
    let part = |range: &str, content: &str| {
        let fields = format!("Content-Type: application/octet-stream\r\nContent-Range: bytes {range}/1000");
        format!("--{boundary}\r\n{fields}\r\n\r\n{content}\r\n")
    };
    let expected = part("0-1", "01") + &part("500-509", "0123456789") + &format!("--{boundary}--\r\n");
    assert!(head.starts_with("HTTP/1.1 206 ") && body == expected, "{answer}");
    // Five bytes are not worth a part.
    let near = text(&["-i", "-r", "0-1,5-9", &url]);
    assert!(near.contains("\r\nContent-Range: bytes 0-9/1000\r\n") && near.ends_with("\r\n0123456789"), "{near}");
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python/bin/python");
    let output = Command::new(python).args(["-c", REQUESTS, &url]).output().expect("requests is installed");
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines = [
        "206 True []",
        "application/octet-stream bytes 0-1/1000 01",
        "application/octet-stream bytes 500-509/1000 0123456789",
    ];
    assert!(printed.lines().eq(lines), "{printed}{}", String::from_utf8_lossy(&output.stderr));
}

#[ignore = "needs curl: tests/run installs it"]
fn curl_saves_a_file_and_an_archive_under_their_names(mode) {
    let dir = tempfile::tempdir().unwrap();
    let (root, saved) = (dir.path().join("root"), dir.path().join("saved"));
    std::fs::create_dir_all(root.join("a folder")).unwrap();
    std::fs::create_dir(&saved).unwrap();
    std::fs::write(root.join("a folder/a file.txt"), "content").unwrap();
    let program = Program::start_in(mode, &["--archive", "--root", root.to_str().unwrap()]);
    let save = |path: &str| curl(&["-OJ", "--output-dir", saved.to_str().unwrap(), &program.url(path)]);
    save("/a%20folder/a%20file.txt?download");
    save("/a%20folder/?archive=tar.gz");
    assert_eq!(std::fs::read_to_string(saved.join("a file.txt")).unwrap(), "content");
    let archive = saved.join("a folder.tar.gz");
    let tar = Command::new("tar").arg("-xzOf").arg(archive).arg("a folder/a file.txt").output().expect("tar runs");
    assert_eq!(tar.stdout, b"content");
}

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

#[ignore = "needs curl: tests/run installs it"]
fn what_is_compressed_on_the_fly_is_decoded_by_curl(mode) {
    let dir = tempfile::tempdir().unwrap();
    let content: String = (0..200_000_u32).map(|number| format!("{} ", number.wrapping_mul(number) % 977)).collect();
    for (name, length) in [("short.txt", 5000), ("long.txt", content.len())] {
        std::fs::write(dir.path().join(name), &content[..length]).unwrap();
    }
    let root = dir.path().to_str().unwrap();
    let program = Program::start_in(mode, &["--root", root, "--pages", "--listing", "--compress", "all"]);
    let knows = text(&["-V"]);
    for (coding, library) in [("gzip", "libz"), ("br", "brotli"), ("zstd", "zstd")] {
        if !knows.contains(library) {
            println!("curl has no {coding}");
            continue;
        }
        let accept = format!("Accept-Encoding: {coding}");
        for name in ["short.txt", "long.txt", &format!("?firstname={}", "Ada".repeat(300))] {
            let url = program.url(&format!("/{name}"));
            let head = text(&["-I", "-H", &accept, &url]);
            assert!(head.contains(&format!("Content-Encoding: {coding}")), "{head}");
            let (coded, plain) = (curl(&["--compressed", "-H", &accept, &url]), curl(&[&url]));
            assert!(coded.stdout == plain.stdout, "{name} in {coding}");
        }
        let part = curl(&["--compressed", "-H", &accept, "-r", "100-199", &program.url("/long.txt")]);
        assert_eq!(part.stdout, content.as_bytes()[100..200]);
    }
}
}
