//! Law: the board serves the pages that the desktop serves, to clients that know nothing of boards, and goes on doing so.

mod board;
mod embassy;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use board::{Board, rest, until};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
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

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn sixteen_clients_are_all_served_in_the_end() {
    let board = Board::boot("ethernet");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let start = Instant::now();
                // A client beyond the sockets is reset, and comes again.
                loop {
                    let mut client = board.connect();
                    let request = "GET /robots.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                    let mut answer = String::new();
                    let _ = client.write_all(request.as_bytes());
                    let _ = client.read_to_string(&mut answer);
                    if answer.ends_with("Disallow: /sleep\n") {
                        break;
                    }
                    assert!(start.elapsed() < Duration::from_secs(60), "never served: {answer}");
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        }
    });
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn thousands_of_requests_and_resets_leave_the_board_as_it_was() {
    let mut board = Board::boot("ethernet");
    assert!(board.ask("GET /nothing").starts_with("HTTP/1.1 404 "));
    let body = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    until(&mut board.say(body.as_bytes()), "abc");
    let before = board.status("stack ");
    for round in 0..20 {
        let mut client = board.connect();
        for _ in 0..100 {
            client.write_all(get("/robots.txt").as_bytes()).unwrap();
            until(&mut client, "Disallow: /sleep\n");
        }
        // In the middle of a body; both ends at once is a reset.
        let cut = board.say(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc");
        cut.shutdown(Shutdown::Both).unwrap();
        assert!(board.is_up(), "round {round}");
    }
    let after = board.status("stack ");
    assert!(after <= before + 256, "the stack is as deep as it was: {before}, then {after}");
    // Eight sockets but for the one that asks, and those of the last clients, which end by themselves.
    let start = Instant::now();
    while board.status("sockets ") < 8 {
        assert!(start.elapsed() < Duration::from_secs(60), "a socket is lost: {}", board.ask("GET /status"));
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_serial_line_serves_the_same_pages() {
    let board = Board::boot("serial");
    let mut line = board.say(get("/robots.txt").repeat(2).as_bytes());
    for _ in 0..2 {
        assert!(until(&mut line, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    line.write_all(get("/?firstname=Ada").as_bytes()).unwrap();
    assert!(until(&mut line, "0\r\n\r\n").contains("Hello, Ada!"));
    // A message that is refused takes with it what was sent right behind it, and nothing else.
    line.write_all((get("/nothing") + &get("/robots.txt")).as_bytes()).unwrap();
    assert!(until(&mut line, "There is no such page.\n").starts_with("HTTP/1.1 404 "));
    std::thread::sleep(Duration::from_millis(500));
    let body = "to and fro".repeat(1000);
    let post = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    line.write_all(post.as_bytes()).unwrap();
    assert!(until(&mut line, &body[9_900..]).starts_with("HTTP/1.1 200 OK\r\n"));
}
