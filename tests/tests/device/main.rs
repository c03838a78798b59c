//! Tests of the firmware images in QEMU, with curl, wrk, a browser and raw TCP clients.

mod board;
mod browser;
mod captive;
mod chat;
#[path = "../counters/mod.rs"]
mod counters;
mod deadlines;
mod embassy;
mod faults;
mod load;
mod malformed;
mod runtime;
mod serial;
#[cfg(feature = "device-tls")]
mod tls;
mod upload;
#[path = "../webdriver/mod.rs"]
#[allow(dead_code, reason = "tests/browser.rs uses the rest")]
mod webdriver;

use std::io::{Read, Write};

use board::{Board, TCP_IMAGES, get, read_to_end, read_until};

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn curl_gets_every_page_from_the_board() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let files = ["/style.css", "/bantam.svg", "/favicon.ico", "/robots.txt"];
        let all: Vec<u8> = [
            &include_bytes!("../../../www/static/style.css")[..],
            include_bytes!("../../../www/static/bantam.svg"),
            include_bytes!("../../../www/static/favicon.ico"),
            include_bytes!("../../../www/static/robots.txt"),
        ]
        .concat();
        assert!(board.curl(&["--compressed"], &files) == all, "byte for byte, over one connection");
        assert!(
            String::from_utf8_lossy(&board.curl(&[], &["/sleep"])).matches("class=\"piece\"").count() == 5
        );
        let echoed = board.curl(&["--data-binary", "to and fro"], &["/echo"]);
        assert_eq!(String::from_utf8_lossy(&echoed), "to and fro");
        assert!(String::from_utf8_lossy(&board.curl(&["-I"], &["/"])).starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn the_board_serves_every_page() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        assert!(board.request("GET /?firstname=Ada%20%3Cb%3E").contains("Hello, Ada &lt;b&gt;!"));
        let robots = board.request("GET /robots.txt");
        assert!(robots.ends_with(include_str!("../../../www/static/robots.txt")), "byte for byte");
        assert!(
            robots.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n")
                && robots.contains("\r\nETag: \"")
        );
        assert!(board.request("GET /hello/Ada%20%3Cb%3E").contains("Hello, Ada &lt;b&gt;!"));
        for clicks in 1..=2 {
            let json = board.request("POST /api/counter");
            assert!(json.trim_end().ends_with(&format!("{clicks}}}")), "{json}");
        }
        assert!(board.request("GET /status").contains("uptime "));
        let head = board.request("HEAD /style.css");
        assert!(head.contains("\r\nContent-Length: ") && head.ends_with("\r\n\r\n"), "{head}");
        // The board has this file in gzip alone.
        assert!(head.contains("\r\nContent-Encoding: gzip\r\n") && head.contains("\r\nVary: "), "{head}");
        let refused = board.curl(&["-i", "-H", "Accept-Encoding: identity"], &["/style.css"]);
        assert!(
            refused.starts_with(b"HTTP/1.1 406 Not Acceptable\r\n"),
            "{}",
            String::from_utf8_lossy(&refused)
        );
    }
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/run installs and builds them"]
fn the_board_gets_its_address_by_dhcp() {
    let board = Board::boot("dhcp");
    assert!(board.curl(&[], &["/robots.txt"]).starts_with(b"User-agent"));
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_client_reads_and_changes_the_counters_of_the_json_api() {
    let board = Board::boot("json_api");
    counters::check(&board.address.to_string());
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_refusal_has_a_status_and_a_page() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        for (request, status) in [
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
            let response = read_to_end(&mut board.send(request.as_bytes()));
            assert!(
                response.starts_with(&format!("HTTP/1.1 {status} ")) && response.contains("<h1>"),
                "{request}: {response}"
            );
        }
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_connection_goes_on_behind_a_refusal_of_a_resource() {
    for image in ["ethernet", "riscv", "embassy"] {
        let board = Board::boot(image);
        for (request, status, page) in [
            (get("/nothing"), 404, "There is no such page."),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n".into(), 501, "The method is not known here."),
            ("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n".into(), 405, "This page does not take that method."),
        ] {
            let mut client = board.send((request + &get("/robots.txt")).as_bytes());
            let refusal = read_until(&mut client, page);
            assert!(refusal.starts_with(&format!("HTTP/1.1 {status} ")), "{image}: {refusal}");
            assert!(!refusal.contains("Connection: close") && refusal.contains("<h1>"), "{image}: {refusal}");
            assert!(read_until(&mut client, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
        }
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_connection_stays_open_for_pipelined_and_byte_by_byte_requests() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let mut client = board.send(get("/robots.txt").repeat(10).as_bytes());
        for _ in 0..10 {
            assert!(read_until(&mut client, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
        }
        for byte in get("/robots.txt").bytes() {
            client.write_all(&[byte]).unwrap();
        }
        read_until(&mut client, "Disallow: /sleep\n");
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_megabyte_is_echoed_through_buffers_of_a_kilobyte() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let body: Vec<u8> = (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
        let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut client = board.send(head.as_bytes());
        let mut writer = client.try_clone().unwrap();
        let sent = body.clone();
        let writing = std::thread::spawn(move || writer.write_all(&sent));
        read_until(&mut client, "\r\n\r\n");
        let mut back = vec![0; body.len()];
        client.read_exact(&mut back).unwrap();
        assert!(back == body, "byte for byte");
        writing.join().unwrap().unwrap();
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn pages_that_pause_delay_no_other() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let mut sleepers: Vec<_> = (0..3).map(|_| board.send(get("/sleep").as_bytes())).collect();
        for sleeper in &mut sleepers {
            read_until(sleeper, "<li class=\"piece\">");
        }
        // All three pages pause.
        assert!(board.request("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
        for sleeper in &mut sleepers {
            read_until(sleeper, "0\r\n\r\n");
        }
    }
}
