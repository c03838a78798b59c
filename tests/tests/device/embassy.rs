//! Law: on an executor the board serves as it does without one; every worker is back at its port when its client is gone.

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::board::{Board, rest, until};
use super::get;

/// The image has as many.
const WORKERS: u32 = 8;

/// Waits until every worker but the one that answers listens.
fn all_listen(board: &Board) {
    let start = Instant::now();
    let expected = format!("sockets {} listening", WORKERS - 1);
    let mut page = String::new();
    // A client that comes while no worker listens is reset, and comes again.
    while !page.contains(&expected) {
        assert!(start.elapsed() < Duration::from_secs(60), "a worker is lost: {page}");
        std::thread::sleep(Duration::from_millis(50));
        page.clear();
        let request = get("/status").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let _ = board.say(request.as_bytes()).read_to_string(&mut page);
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_gets_every_page() {
    let board = Board::boot("embassy");
    for (path, page) in [
        ("/style.css", &include_bytes!("../../../www/static/style.css")[..]),
        ("/bantam.svg", &include_bytes!("../../../www/static/bantam.svg")[..]),
        ("/favicon.ico", &include_bytes!("../../../www/static/favicon.ico")[..]),
        ("/robots.txt", &include_bytes!("../../../www/static/robots.txt")[..]),
    ] {
        assert!(board.curl(&["--fail"], &[path]) == page, "{path}, byte for byte");
    }
    let text = |path: &str| String::from_utf8(board.curl(&["--fail"], &[path])).expect("pages are UTF-8");
    assert_eq!(text("/"), text("/index"));
    assert!(text("/?firstname=Ada%20%3Cb%3E").contains("Hello, Ada &lt;b&gt;!"));
    assert_eq!(text("/sleep").matches("<li class=\"piece\">").count(), 5);
    assert!(text("/status").contains("uptime "));
    assert_eq!(board.curl(&["--fail", "--data", "to and fro"], &["/echo"]), b"to and fro");
    assert!(board.ask("GET /nothing").starts_with("HTTP/1.1 404 "));
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_keeps_its_connection() {
    let board = Board::boot("embassy");
    let quietly =
        ["--fail", "--output", "/dev/null", "--output", "/dev/null", "--write-out", "%{num_connects} "];
    let said = board.curl(&quietly, &["/robots.txt", "/robots.txt"]);
    assert_eq!(String::from_utf8_lossy(&said), "1 0 ");
    let mut client = board.say(get("/robots.txt").repeat(10).as_bytes());
    for _ in 0..10 {
        assert!(until(&mut client, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_has_a_megabyte_echoed() {
    let board = Board::boot("embassy");
    let body: Vec<u8> = (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let file = std::env::temp_dir().join(format!("bantam-embassy-{}", std::process::id()));
    fs::write(&file, &body).expect("a place for a megabyte");
    let back = board.curl(&["--fail", "--data-binary", &format!("@{}", file.display())], &["/echo"]);
    fs::remove_file(&file).expect("it was there");
    assert!(back == body, "byte for byte");
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn tasks_that_sleep_delay_nobody_else() {
    let board = Board::boot("embassy");
    let start = Instant::now();
    let mut sleepers: Vec<_> = (0..3).map(|_| board.say(get("/sleep").as_bytes())).collect();
    for sleeper in &mut sleepers {
        until(sleeper, "<li class=\"piece\">");
    }
    // While all three are asleep.
    assert!(board.ask("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    for sleeper in &mut sleepers {
        until(sleeper, "0\r\n\r\n");
    }
    assert!(start.elapsed() >= Duration::from_secs(5), "they sleep by the clock: {:?}", start.elapsed());
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn whoever_falls_silent_is_given_up() {
    let board = Board::boot("embassy");
    let start = Instant::now();
    let mut mute = board.connect();
    let mut halting = board.say(b"GET / HT");
    let mut drip = board.say(b"GET / HTTP/1.1\r\nX: ");
    let mut dripping = drip.try_clone().expect("a second handle");
    // A byte now and then does not prolong the deadline of the whole head.
    let drops = std::thread::spawn(move || {
        while dripping.write_all(b"x").is_ok() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    for stream in [&mut halting, &mut drip] {
        assert!(rest(stream).starts_with("HTTP/1.1 408 "));
        assert!((9..13).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
    assert_eq!(rest(&mut mute), "");
    assert!((14..18).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    drops.join().expect("it only drips");
    all_listen(&board);
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn every_worker_comes_back() {
    let mut board = Board::boot("embassy");
    until(&mut board.say(get("/robots.txt").as_bytes()), "Disallow: /sleep\n");
    for round in 0..20 {
        let mut client = board.connect();
        for _ in 0..50 {
            client.write_all(get("/robots.txt").as_bytes()).unwrap();
            until(&mut client, "Disallow: /sleep\n");
        }
        // In the middle of a body; both ends at once is a reset.
        let cut = board.say(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc");
        cut.shutdown(Shutdown::Both).unwrap();
        assert!(board.ask("GET /nothing").starts_with("HTTP/1.1 404 "), "{round}");
        assert!(board.is_up(), "{round}");
    }
    all_listen(&board);
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn the_last_worker_keeps_no_connection() {
    let board = Board::boot("embassy");
    // All but one are taken, and say so.
    let mut kept: Vec<_> = (1..WORKERS).map(|_| board.say(get("/robots.txt").as_bytes())).collect();
    for client in &mut kept {
        assert!(!until(client, "Disallow: /sleep\n").contains("Connection: close"));
    }
    for _ in 0..3 {
        let mut answer = String::new();
        // A client that comes before the last one is seen off is reset, and comes again.
        while answer.is_empty() {
            let _ = board.say(get("/robots.txt").as_bytes()).read_to_string(&mut answer);
        }
        assert!(
            answer.contains("\r\nConnection: close\r\n") && answer.ends_with("Disallow: /sleep\n"),
            "{answer}"
        );
    }
    drop(kept);
    all_listen(&board);
}
