//! Law: however many come, and however they leave, everyone is served and the board is as it was.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::board::{Board, until};
use crate::get;

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn sixteen_clients_on_eight_slots_are_all_served_and_none_is_refused() {
    let board = Board::boot("ethernet");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut client = board.connect();
                let request = "GET /robots.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                client.write_all(request.as_bytes()).expect("said");
                let mut answer = String::new();
                client.read_to_string(&mut answer).expect("answered, and closed in order");
                assert!(answer.ends_with("Disallow: /sleep\n"), "{answer}");
            });
        }
    });
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn seven_that_sleep_or_stall_delay_the_eighth_not() {
    let board = Board::boot("ethernet");
    let mut sleepers: Vec<_> = (0..4).map(|_| board.say(get("/sleep").as_bytes())).collect();
    let _stalled: Vec<_> =
        ["G", "GET / HTTP/1.1\r\nHost:", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"]
            .map(|part| board.say(part.as_bytes()))
            .into();
    for sleeper in &mut sleepers {
        until(sleeper, "<li class=\"piece\">");
    }
    // While all four are asleep, and three say nothing more.
    for _ in 0..10 {
        assert!(board.ask("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    for sleeper in &mut sleepers {
        until(sleeper, "0\r\n\r\n");
    }
}

#[test]
#[ignore = "needs QEMU, wrk and the firmware: tests/run installs and builds them"]
fn wrk_on_eight_connections_meets_no_error() {
    let mut board = Board::boot("ethernet");
    for connections in ["8", "8", "24"] {
        let wrk = Command::new("wrk")
            .args(["-t1", "-c", connections, "-d3s", "--timeout", "10s", &board.url("/robots.txt")])
            .output()
            .expect("wrk runs");
        let said = String::from_utf8_lossy(&wrk.stdout);
        assert!(wrk.status.success() && said.contains(" requests in "), "{said}");
        assert!(!said.contains("Socket errors") && !said.contains("Non-2xx"), "{said}");
        eprintln!("{connections} connections: {}", said.lines().last().unwrap_or_default());
        assert!(board.is_up());
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn twenty_thousand_requests_and_resets_leave_the_board_as_it_was() {
    let mut board = Board::boot("ethernet");
    assert!(board.ask("GET /nothing").starts_with("HTTP/1.1 404 "));
    let body = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    until(&mut board.say(body.as_bytes()), "abc");
    let before = board.status("stack ");
    for round in 0..200 {
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
    assert!(board.status("requests ") >= 20_000);
    // All sockets but for the one that asks, and those of the last clients, which end by themselves.
    let start = Instant::now();
    while board.status("sockets ") < 8 {
        assert!(start.elapsed() < Duration::from_secs(60), "a socket is lost: {}", board.ask("GET /status"));
        std::thread::sleep(Duration::from_millis(200));
    }
}
