//! Law: whoever stalls is dropped by a deadline of the board's own clock, and told why where anything had been said.

use crate::board::{Board, rest};

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn whoever_stalls_on_the_board_is_dropped() {
    let board = Board::boot("ethernet");
    std::thread::scope(|scope| {
        for (says, answer) in [
            ("", ""),
            ("GET / HTTP/1.1\r\nHost:", "HTTP/1.1 408 "),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 408 "),
            // The answer has begun: it can only be cut off.
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 200 "),
        ] {
            let board = &board;
            scope.spawn(move || {
                let said = rest(&mut board.say(says.as_bytes()));
                assert!(said.starts_with(answer) && said.is_empty() == answer.is_empty(), "{says}: {said}");
            });
        }
    });
    assert!(board.status("uptime ") >= 10, "not before their time");
    assert!(board.ask("GET /robots.txt").starts_with("HTTP/1.1 200 OK\r\n"));
}
