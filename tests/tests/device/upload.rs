//! Files that are uploaded to the board: over a socket, several at a time, and by a browser.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::board::Board;
use crate::webdriver::Browser;

fn data(seed: u32) -> Vec<u8> {
    (0..50_000 * (seed + 1)).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Uploads a file, and returns the response.
fn upload(board: &Board, data: &[u8]) -> String {
    let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"<a>.bin\"\r\n\r\n";
    let body = [head.as_bytes(), data, b"\r\n--xyz--\r\n"].concat();
    let mut stream = TcpStream::connect(board.address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let request = format!(
        "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary=xyz\r\n\r\n",
        body.len()
    );
    stream.write_all(&[request.as_bytes(), &body].concat()).expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("received");
    response
}

/// The digits of the hash, without what is between chunks.
fn digits(text: &str) -> String {
    let lines: String = text.lines().filter(|line| line.len() != 4).collect();
    lines.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("").to_owned()
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn the_board_hashes_files_of_several_clients_at_once() {
    let board = Board::boot("site");
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let board = &board;
            scope.spawn(move || {
                let data = data(seed);
                let response = upload(board, &data);
                assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
                let hash: String = Sha256::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(digits(&response), hash, "{response}");
            });
        }
    });
}

#[test]
#[ignore = "needs QEMU, Chromium and the firmware: tests/run installs and builds them"]
fn a_browser_uploads_a_file_to_the_board() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, data) = (folder.path().join("a & b.bin"), data(1));
    std::fs::write(&path, &data).expect("written");
    let hash: String = Sha256::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
    let board = Board::boot("site");
    let browser = Browser::start();
    browser.resize(1280, 720);
    browser.go(&board.url("/upload"));
    let start = Instant::now();
    let wait = |selector: &str| loop {
        if let Some(element) = browser.find(selector).into_iter().next() {
            return element;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "timeout");
        std::thread::sleep(Duration::from_millis(50));
    };
    browser.type_into(&wait("#files"), path.to_str().expect("text"));
    browser.click(&wait("button"));
    wait("#results .piece");
    let text = browser.run("return document.querySelector('#results').textContent");
    assert_eq!(text.as_str().map(str::trim), Some(&*format!("files a & b.bin100000 bytes{hash}")));
    browser.screenshot("upload-device");
}
