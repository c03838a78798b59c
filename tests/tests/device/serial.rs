//! Law: a serial line is a connection like any other, to curl, too.

use std::io::Write;
use std::time::Duration;

use crate::board::{Board, until};
use crate::get;

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/run installs and builds them"]
fn curl_talks_to_both_boards_over_their_serial_lines() {
    let body: Vec<u8> = (0..5000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let file = std::env::temp_dir().join(format!("bantam-lines-{}", std::process::id()));
    std::fs::write(&file, &body).expect("written");
    for image in ["serial", "microbit"] {
        let board = Board::boot(image);
        let greeting = board.curl(&[], &["/?firstname=Ada%20%3Cb%3E"]);
        assert!(String::from_utf8_lossy(&greeting).contains("Hello, Ada &lt;b&gt;!"), "{image}");
        // Over one connection.
        let both = board.curl(&[], &["/style.css", "/bantam.svg"]);
        let files = [
            &include_bytes!("../../../www/static/style.css")[..],
            include_bytes!("../../../www/static/bantam.svg"),
        ];
        assert!(both == files.concat(), "{image}: byte for byte");
        let upload = ["-T", file.to_str().expect("a name")];
        assert!(board.curl(&upload, &["/echo"]) == body, "{image}: byte for byte");
        assert!(
            String::from_utf8_lossy(&board.curl(&["-I"], &["/nothing"])).starts_with("HTTP/1.1 404 "),
            "{image}"
        );
    }
    let _ = std::fs::remove_file(file);
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_line_is_kept_and_what_is_behind_a_refused_message_is_thrown_away() {
    for image in ["serial", "microbit"] {
        conversation(image);
    }
}

fn conversation(image: &str) {
    let board = Board::boot(image);
    let mut line = board.say(get("/robots.txt").repeat(2).as_bytes());
    for _ in 0..2 {
        assert!(until(&mut line, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    line.write_all(get("/?firstname=Ada").as_bytes()).expect("said");
    assert!(until(&mut line, "0\r\n\r\n").contains("Hello, Ada!"));
    // A message that is refused takes with it what was sent right behind it, and nothing else.
    line.write_all((get("/nothing") + &get("/robots.txt")).as_bytes()).expect("said");
    assert!(until(&mut line, "There is no such page.\n").starts_with("HTTP/1.1 404 "));
    std::thread::sleep(Duration::from_millis(500));
    let body = "to and fro".repeat(1000);
    let post = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    line.write_all(post.as_bytes()).expect("said");
    assert!(until(&mut line, &body[9_900..]).starts_with("HTTP/1.1 200 OK\r\n"));
}
