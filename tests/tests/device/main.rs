//! Law: the board serves the pages that the desktop serves, to clients that know nothing of boards, and goes on doing so.

mod board;
mod crowds;
mod deadlines;
mod embassy;
mod faults;
mod hostile;
mod lines;
mod person;
#[path = "../webdriver/mod.rs"]
#[allow(dead_code, reason = "the browser's own tests use the rest of it")]
mod webdriver;

use std::io::{Read, Write};

use board::{Board, rest, until};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_gets_every_page_from_the_board() {
    let board = Board::boot("ethernet");
    let files = ["/style.css", "/bantam.svg", "/favicon.ico", "/robots.txt"];
    let all: Vec<u8> = [
        &include_bytes!("../../../www/static/style.css")[..],
        include_bytes!("../../../www/static/bantam.svg"),
        include_bytes!("../../../www/static/favicon.ico"),
        include_bytes!("../../../www/static/robots.txt"),
    ]
    .concat();
    assert!(board.curl(&[], &files) == all, "byte for byte, over one connection");
    assert!(String::from_utf8_lossy(&board.curl(&[], &["/sleep"])).matches("class=\"piece\"").count() == 5);
    let echoed = board.curl(&["--data-binary", "to and fro"], &["/echo"]);
    assert_eq!(String::from_utf8_lossy(&echoed), "to and fro");
    assert!(String::from_utf8_lossy(&board.curl(&["-I"], &["/"])).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn every_page_comes_from_the_board() {
    let board = Board::boot("ethernet");
    assert!(board.ask("GET /?firstname=Ada%20%3Cb%3E").contains("Hello, Ada &lt;b&gt;!"));
    let style = board.ask("GET /style.css");
    assert!(style.ends_with(include_str!("../../../www/static/style.css")), "byte for byte");
    assert!(
        style.contains("\r\nContent-Type: text/css; charset=utf-8\r\n") && style.contains("\r\nETag: \"")
    );
    assert!(board.ask("GET /status").contains("uptime "));
    let head = board.ask("HEAD /style.css");
    assert!(head.contains("\r\nContent-Length: ") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/run installs and builds them"]
fn the_board_asks_the_network_for_its_address() {
    let board = Board::boot("dhcp");
    assert!(board.curl(&[], &["/robots.txt"]).starts_with(b"User-agent"));
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn whoever_is_refused_is_told_why() {
    let board = Board::boot("ethernet");
    for (said, status) in [
        (get("/nothing"), 404),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n".into(), 501),
        ("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n".into(), 405),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n".into(), 505),
        (format!("GET /{} HTTP/1.1\r\n", "x".repeat(2000)), 414),
        (format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(2000)), 431),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4294967296x\r\n\r\n".into(), 400),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                .into(),
            400,
        ),
    ] {
        let answer = rest(&mut board.say(said.as_bytes()));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains("<h1>"),
            "{said}: {answer}"
        );
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_connection_is_kept_pipelined_and_fed_byte_by_byte() {
    let board = Board::boot("ethernet");
    let mut client = board.say(get("/robots.txt").repeat(10).as_bytes());
    for _ in 0..10 {
        assert!(until(&mut client, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    for byte in get("/robots.txt").bytes() {
        client.write_all(&[byte]).unwrap();
    }
    until(&mut client, "Disallow: /sleep\n");
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_megabyte_is_echoed_through_a_kilobyte() {
    let board = Board::boot("ethernet");
    let body: Vec<u8> = (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut client = board.say(head.as_bytes());
    let mut writer = client.try_clone().unwrap();
    let sent = body.clone();
    let writing = std::thread::spawn(move || writer.write_all(&sent));
    until(&mut client, "\r\n\r\n");
    let mut back = vec![0; body.len()];
    client.read_exact(&mut back).unwrap();
    assert!(back == body, "byte for byte");
    writing.join().unwrap().unwrap();
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn pages_that_sleep_delay_nobody_else() {
    let board = Board::boot("ethernet");
    let mut sleepers: Vec<_> = (0..3).map(|_| board.say(get("/sleep").as_bytes())).collect();
    for sleeper in &mut sleepers {
        until(sleeper, "<li class=\"piece\">");
    }
    // While all three are asleep.
    assert!(board.ask("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
    for sleeper in &mut sleepers {
        until(sleeper, "0\r\n\r\n");
    }
}
