//! Tests of the images over smoltcp with many clients.
//! Invariant: every client is served, and afterwards stack and sockets are as before.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::board::{Board, TCP_IMAGES, come_again, get, read_until};

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn sixteen_clients_on_eight_slots_are_served_and_none_is_refused() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let response = come_again(&board, |client| {
                        client
                            .write_all(b"GET /robots.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
                        let mut response = String::new();
                        client.read_to_string(&mut response)?;
                        Ok(response)
                    });
                    assert!(response.ends_with("Disallow: /sleep\n"), "{response}");
                });
            }
        });
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn seven_clients_that_pause_or_stall_do_not_delay_the_eighth() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let mut sleepers: Vec<_> = (0..4).map(|_| board.send(get("/sleep").as_bytes())).collect();
        let _stalled: Vec<_> =
            ["G", "GET / HTTP/1.1\r\nHost:", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"]
                .map(|part| board.send(part.as_bytes()))
                .into();
        for sleeper in &mut sleepers {
            read_until(sleeper, "<li class=\"piece\">");
        }
        // Four pages pause, and three clients send nothing more.
        for _ in 0..10 {
            assert!(board.request("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
        }
        for sleeper in &mut sleepers {
            read_until(sleeper, "0\r\n\r\n");
        }
    }
}

#[test]
#[ignore = "needs QEMU, wrk and the firmware: tests/run installs and builds them"]
fn wrk_on_8_and_24_connections_has_no_error() {
    for image in TCP_IMAGES {
        let mut board = Board::boot(image);
        for connections in ["8", "8", "24"] {
            let wrk = Command::new("wrk")
                .args(["-t1", "-c", connections, "-d3s", "--timeout", "10s", &board.url("/robots.txt")])
                .output()
                .expect("wrk runs");
            let output = String::from_utf8_lossy(&wrk.stdout);
            assert!(wrk.status.success() && output.contains(" requests in "), "{output}");
            assert!(!output.contains("Socket errors") && !output.contains("Non-2xx"), "{output}");
            eprintln!("{connections} connections: {}", output.lines().last().unwrap_or_default());
            assert!(board.is_up());
        }
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn twenty_thousand_requests_and_two_thousand_torn_connections_leak_nothing() {
    for image in TCP_IMAGES {
        let mut board = Board::boot(image);
        assert!(board.request("GET /nothing").starts_with("HTTP/1.1 404 "));
        let body = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        read_until(&mut board.send(body.as_bytes()), "abc");
        let before = board.status("stack ");
        for round in 0..2_000 {
            let mut client = board.connect();
            for _ in 0..10 {
                client.write_all(get("/robots.txt").as_bytes()).unwrap();
                read_until(&mut client, "Disallow: /sleep\n");
            }
            // A reset in a body: both sides are closed at once.
            let cut = board.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nabc");
            cut.shutdown(Shutdown::Both).unwrap();
            assert!(board.is_up(), "round {round}");
        }
        let after = board.status("stack ");
        assert!(after <= before + 256, "the stack grows: {before}, then {after}");
        assert!(board.status("requests ") >= 20_000);
        // All sockets listen but that of the request; those of the last clients end by their deadlines.
        let start = Instant::now();
        while board.status("sockets ") < 8 {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "a socket is lost: {}",
                board.request("GET /status")
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
