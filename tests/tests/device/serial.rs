//! Tests of the images `serial` and `microbit` over their serial lines.

use std::io::Write;
use std::time::Duration;

use crate::board::{Board, get, read_until};

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/run installs and builds them"]
fn curl_gets_pages_over_both_serial_lines() {
    let body: Vec<u8> = (0..5000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let file = std::env::temp_dir().join(format!("bantam-serial-{}", std::process::id()));
    std::fs::write(&file, &body).expect("the file is written");
    for image in ["serial", "microbit"] {
        let board = Board::boot(image);
        let greeting = board.curl(&[], &["/?firstname=Ada%20%3Cb%3E"]);
        assert!(String::from_utf8_lossy(&greeting).contains("Hello, Ada &lt;b&gt;!"), "{image}");
        // Over one connection.
        let both = board.curl(&["--compressed"], &["/style.css", "/bantam.svg"]);
        let files = [
            &include_bytes!("../../../www/static/style.css")[..],
            include_bytes!("../../../www/static/bantam.svg"),
        ];
        assert!(both == files.concat(), "{image}: byte for byte");
        let upload = ["-T", file.to_str().expect("the path is UTF-8")];
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
fn a_line_stays_open_and_bytes_after_a_refused_message_are_discarded() {
    for image in ["serial", "microbit"] {
        check_line(image);
    }
}

fn check_line(image: &str) {
    let board = Board::boot(image);
    let mut line = board.send(get("/robots.txt").repeat(2).as_bytes());
    for _ in 0..2 {
        assert!(read_until(&mut line, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    line.write_all(get("/?firstname=Ada").as_bytes()).expect("the bytes are sent");
    assert!(read_until(&mut line, "0\r\n\r\n").contains("Hello, Ada!"));
    line.write_all((get("/nothing") + &get("/robots.txt")).as_bytes()).expect("the bytes are sent");
    assert!(read_until(&mut line, "There is no such page.").starts_with("HTTP/1.1 404 "));
    assert!(read_until(&mut line, "Disallow: /sleep\n").starts_with("HTTP/1.1 200 OK\r\n"));
    // Bytes sent together with a message that is not understood are discarded, later ones are not.
    line.write_all((get("/#") + &get("/robots.txt")).as_bytes()).expect("the bytes are sent");
    assert!(read_until(&mut line, "The request target is not valid.").starts_with("HTTP/1.1 400 "));
    // Until the board has taken those, however the machine holds it up.
    std::thread::sleep(Duration::from_secs(3));
    let body = "to and fro".repeat(1000);
    let post = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    line.write_all(post.as_bytes()).expect("the bytes are sent");
    assert!(read_until(&mut line, &body[9_900..]).starts_with("HTTP/1.1 200 OK\r\n"));
}
