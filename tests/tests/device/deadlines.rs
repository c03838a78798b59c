//! Tests of the deadlines of the images over smoltcp, by the board's clock.

use crate::board::{Board, TCP_IMAGES, read_to_end};

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_client_that_stalls_gets_408_and_is_dropped() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        std::thread::scope(|scope| {
            for (request, response) in [
                ("", ""),
                ("GET / HTTP/1.1\r\nHost:", "HTTP/1.1 408 "),
                ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 408 "),
                // The response has begun: it can only be cut off.
                ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 200 "),
            ] {
                let board = &board;
                scope.spawn(move || {
                    let received = read_to_end(&mut board.send(request.as_bytes()));
                    assert!(
                        received.starts_with(response) && received.is_empty() == response.is_empty(),
                        "{request}: {received}"
                    );
                });
            }
        });
        assert!(board.status("uptime ") >= 10, "not before the deadline");
        assert!(board.request("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
    }
}
