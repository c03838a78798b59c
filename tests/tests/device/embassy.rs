//! Tests of the image `embassy`.
//! Invariant: every worker listens again after its connection has ended.

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use crate::board::{Board, come_again, get, read_to_end, read_until, try_read_until};

/// The workers of the image.
const WORKERS: u32 = 8;

/// Waits until every worker but that of the request listens.
fn all_listen(board: &Board) {
    let start = Instant::now();
    let expected = format!("sockets {} listening", WORKERS - 1);
    let mut page = String::new();
    while !page.contains(&expected) {
        assert!(start.elapsed() < Duration::from_secs(60), "a worker is lost: {page}");
        std::thread::sleep(Duration::from_millis(50));
        page.clear();
        let request = get("/status").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        board.send(request.as_bytes()).read_to_string(&mut page).expect("no reset");
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
        assert!(board.curl(&["--fail", "--compressed"], &[path]) == page, "{path}, byte for byte");
    }
    let text = |path: &str| String::from_utf8(board.curl(&["--fail"], &[path])).expect("pages are UTF-8");
    assert_eq!(text("/"), text("/index"));
    assert!(text("/?firstname=Ada%20%3Cb%3E").contains("Hello, Ada &lt;b&gt;!"));
    assert!(text("/hello/Ada").contains("Hello, Ada!"));
    assert!(text("/api/counter").starts_with("{\"clicks\":"));
    assert_eq!(text("/sleep").matches("<li class=\"piece\">").count(), 5);
    assert!(text("/status").contains("uptime "));
    assert_eq!(board.curl(&["--fail", "--data", "to and fro"], &["/echo"]), b"to and fro");
    assert!(board.request("GET /nothing").starts_with("HTTP/1.1 404 "));
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_reuses_its_connection() {
    let board = Board::boot("embassy");
    let options =
        ["--fail", "--output", "/dev/null", "--output", "/dev/null", "--write-out", "%{num_connects} "];
    let output = board.curl(&options, &["/robots.txt", "/robots.txt"]);
    assert_eq!(String::from_utf8_lossy(&output), "1 0 ");
    let mut client = board.send(get("/robots.txt").repeat(10).as_bytes());
    for _ in 0..10 {
        assert!(read_until(&mut client, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_gets_a_megabyte_echoed() {
    let board = Board::boot("embassy");
    let body: Vec<u8> = (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let file = std::env::temp_dir().join(format!("bantam-embassy-{}", std::process::id()));
    fs::write(&file, &body).expect("the file is written");
    let back = board.curl(&["--fail", "--data-binary", &format!("@{}", file.display())], &["/echo"]);
    fs::remove_file(&file).expect("the file is removed");
    assert!(back == body, "byte for byte");
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn tasks_that_pause_delay_no_other() {
    let board = Board::boot("embassy");
    // Where that takes longer than the pauses, another waited for them, or the machine held the board up.
    let was_answered_meanwhile = (0..5).any(|_| {
        let start = Instant::now();
        let mut sleepers: Vec<_> = (0..3).map(|_| board.send(get("/sleep").as_bytes())).collect();
        for sleeper in &mut sleepers {
            read_until(sleeper, "<li class=\"piece\">");
        }
        // All three pages pause.
        assert!(board.request("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
        let answered = start.elapsed();
        for sleeper in &mut sleepers {
            read_until(sleeper, "0\r\n\r\n");
        }
        let ended = start.elapsed();
        assert!(ended >= Duration::from_secs(5), "shorter pauses than requested: {ended:?}");
        answered < Duration::from_secs(4)
    });
    assert!(was_answered_meanwhile, "no time of five");
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_client_that_stalls_gets_408_and_is_dropped() {
    let board = Board::boot("embassy");
    let start = Instant::now();
    let mut silent = board.connect();
    let mut stalled = board.send(b"GET / HT");
    let mut slow = board.send(b"GET / HTTP/1.1\r\nX: ");
    let mut slow_writer = slow.try_clone().expect("a second handle");
    // A byte now and then does not extend the deadline of the head.
    let sender = std::thread::spawn(move || {
        while slow_writer.write_all(b"x").is_ok() && start.elapsed() < Duration::from_secs(90) {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    for stream in [&mut stalled, &mut slow] {
        assert!(read_to_end(stream).starts_with("HTTP/1.1 408 "));
        // It would be beyond 90 s if a byte extended it: the machine may hold the board up.
        assert!((9..60).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
    assert_eq!(read_to_end(&mut silent), "");
    assert!(start.elapsed() >= Duration::from_secs(14), "{:?}", start.elapsed());
    sender.join().expect("the thread does not panic");
    all_listen(&board);
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn every_worker_listens_again_after_resets() {
    let mut board = Board::boot("embassy");
    read_until(&mut board.send(get("/robots.txt").as_bytes()), "Disallow: /sleep\n");
    for round in 0..20 {
        let mut client = board.connect();
        for _ in 0..50 {
            client.write_all(get("/robots.txt").as_bytes()).unwrap();
            read_until(&mut client, "Disallow: /sleep\n");
        }
        // A reset in a body: both sides are closed at once.
        let cut = board.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc");
        cut.shutdown(Shutdown::Both).unwrap();
        assert!(board.request("GET /nothing").starts_with("HTTP/1.1 404 "), "{round}");
        assert!(board.is_up(), "{round}");
    }
    all_listen(&board);
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn the_last_worker_closes_its_connections() {
    let board = Board::boot("embassy");
    // All workers but one serve a persistent connection.
    let mut kept: Vec<_> = (1..WORKERS).map(|_| board.send(get("/robots.txt").as_bytes())).collect();
    for client in &mut kept {
        assert!(!read_until(client, "Disallow: /sleep\n").contains("Connection: close"));
    }
    for _ in 0..3 {
        let mut response = String::new();
        board.send(get("/robots.txt").as_bytes()).read_to_string(&mut response).expect("no reset");
        assert!(
            response.contains("\r\nConnection: close\r\n") && response.ends_with("Disallow: /sleep\n"),
            "{response}"
        );
    }
    drop(kept);
    all_listen(&board);
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn clients_beyond_the_workers_wait_and_none_is_reset() {
    for (image, clients) in [("embassy", 12), ("embassy_two", 6), ("embassy_two", 12)] {
        let board = Board::boot(image);
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    let response = come_again(&board, |client| {
                        client.write_all(get("/robots.txt").as_bytes())?;
                        let mut response = String::new();
                        try_read_until(client, "Disallow: /sleep\n", &mut response)?;
                        Ok(response)
                    });
                    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
                });
            }
        });
        eprintln!("{image}: {clients} clients in {:?}", start.elapsed());
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn many_requests_and_resets_leak_nothing() {
    // A round takes 0.8 s. With 500, it is 20,000 requests and 2,000 resets.
    let rounds = std::env::var("BANTAM_TEST_ROUNDS").map_or(50, |rounds| rounds.parse().expect("a number"));
    let mut board = Board::boot("embassy");
    assert!(board.request("GET /nothing").starts_with("HTTP/1.1 404 "));
    let body = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    read_until(&mut board.send(body.as_bytes()), "abc");
    let before = board.status("stack ");
    for round in 0..rounds {
        let mut client = board.connect();
        client.write_all(get("/robots.txt").repeat(40).as_bytes()).unwrap();
        for _ in 0..40 {
            read_until(&mut client, "Disallow: /sleep\n");
        }
        // Four resets: in a body, in a head, before a request, and with a response that is not read.
        for torn in [
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc",
            "GET / HTTP/1.1\r\nHo",
            "",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            board.send(torn.as_bytes()).shutdown(Shutdown::Both).unwrap();
        }
        assert!(board.is_up(), "round {round}");
    }
    let after = board.status("stack ");
    assert!(after <= before + 512, "the stack grows: {before}, then {after}");
    assert!(board.status("requests ") >= 40 * rounds);
    all_listen(&board);
}
