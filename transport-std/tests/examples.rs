//! Each example as a client meets it, on a free port. `tests/tests/examples.rs` runs `json_api` and `events` as programs.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(dead_code, reason = "`main` of an example is for the program")]

mod common;

#[path = "../examples/board/main.rs"]
mod board;
#[path = "../examples/chat/main.rs"]
mod chat;
#[path = "../examples/control_page.rs"]
mod control_page;
#[cfg(feature = "files")]
#[path = "../examples/files_and_pages.rs"]
mod files_and_pages;
#[path = "../examples/hello.rs"]
mod hello;
#[cfg(feature = "tokio")]
#[path = "../examples/on_tokio.rs"]
mod on_tokio;
#[cfg(feature = "tls")]
#[path = "../examples/tls.rs"]
mod tls;
#[path = "../examples/upload_form.rs"]
mod upload_form;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bantam_std::RunningServer;
use common::{TIMEOUT, read_to_close, send};

const ANY_PORT: &str = "127.0.0.1:0";

/// Sends a request of HTTP/1.0 with these lines and this body; returns the status and all of the answer.
fn ask(server: &RunningServer, lines: &str, body: &str) -> (u16, String) {
    let head =
        format!("{}\r\nContent-Length: {}\r\n\r\n", lines.replacen('\n', " HTTP/1.0\r\n", 1), body.len());
    let answer = read_to_close(&mut send(server.local_addrs()[0], (head + body).as_bytes()));
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status: {answer}")), answer)
}

fn get(server: &RunningServer, path: &str) -> (u16, String) {
    ask(server, &format!("GET {path}\nHost: a"), "")
}

/// Stops a server, which loses no connection.
fn stop(server: RunningServer) {
    server.handle().shutdown(TIMEOUT);
    assert_eq!(server.wait(), 0);
}

#[test]
fn hello_says_hello() {
    let server = hello::start(ANY_PORT).unwrap();
    let (status, answer) = get(&server, "/");
    assert!(status == 200 && answer.ends_with("\r\n\r\nhello\n"), "{answer}");
    stop(server);
}

#[test]
fn the_upload_form_stores_whole_files_under_names_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let server = upload_form::start(ANY_PORT, folder.path()).unwrap();
    assert!(get(&server, "/").1.contains("multipart/form-data"));
    let form = |name: &str| {
        let part = format!("--b\r\nContent-Disposition: form-data; name=file{name}\r\n\r\n");
        format!("{part}{}\r\n--b--\r\n", "x".repeat(100_000))
    };
    let lines = "POST /\nHost: a\r\nContent-Type: multipart/form-data; boundary=b";
    let (status, answer) = ask(&server, lines, &form("; filename=\"../../evil\""));
    assert_eq!(status, 201, "{answer}");
    let path = answer.lines().last().unwrap().to_owned();
    assert_eq!(fs::read(&path).unwrap(), [b'x'; 100_000]);
    assert!(path.starts_with(folder.path().to_str().unwrap()) && !path.contains("evil"), "{path}");

    assert_eq!(ask(&server, lines, &form("")).0, 400, "a form without a file");
    let whole = form("; filename=a");
    assert_eq!(ask(&server, lines, &whole[..whole.len() - 20]).0, 400, "a form without its end");
    stop(server);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only a whole form leaves files");
}

#[test]
fn the_board_switches_its_led_and_sends_its_temperature() {
    let server = board::start(ANY_PORT).unwrap();
    assert!(get(&server, "/").1.contains("The LED is off."));
    assert_eq!(ask(&server, "POST /led\nHost: a", "on=true").0, 303);
    assert!(get(&server, "/").1.contains("The LED is on."));
    assert_eq!(ask(&server, "POST /led\nHost: a", "on=perhaps").0, 400);
    let client = send(server.local_addrs()[0], b"GET /temperatures HTTP/1.0\r\n\r\n");
    let mut lines = BufReader::new(client).lines().map(|line| line.unwrap());
    let degrees = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
    let (whole, tenths) = degrees.split_once('.').unwrap();
    assert!(matches!(whole, "20" | "21" | "22" | "23") && tenths.len() == 1, "{degrees}");
    drop(lines);
    stop(server);
}

/// A WebSocket to `/socket`.
fn join(server: &RunningServer) -> BufReader<TcpStream> {
    let request = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut client = BufReader::new(send(server.local_addrs()[0], request.as_bytes()));
    let mut line = String::new();
    client.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 101 "), "{line}");
    while line != "\r\n" {
        line.clear();
        client.read_line(&mut line).unwrap();
    }
    client
}

/// The text of the next message.
fn hear(client: &mut BufReader<TcpStream>) -> String {
    let mut header = [0; 2];
    client.read_exact(&mut header).unwrap();
    assert_eq!(header[0], 0x81, "a message of text");
    let mut text = vec![0; usize::from(header[1])];
    client.read_exact(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn all_of_the_chat_hear_every_message_in_order() {
    let server = chat::start(ANY_PORT).unwrap();
    assert!(get(&server, "/").1.contains("new WebSocket"));
    let mut clients = [join(&server), join(&server)];
    // Masked with a key of zeros; the second message is in two frames.
    let said = b"\x81\x83\0\0\0\0one\x01\x82\0\0\0\0tw\x80\x81\0\0\0\0o";
    clients[0].get_mut().write_all(said).unwrap();
    for client in &mut clients {
        assert_eq!((hear(client), hear(client)), ("one".to_owned(), "two".to_owned()));
    }
    clients[1].get_mut().write_all(b"\x81\x85\0\0\0\0three").unwrap();
    assert_eq!(hear(&mut clients[0]), "three");
    assert_eq!(hear(&mut join(&server)), "one", "a late client hears what was said");
    drop(clients);
    server.handle().shutdown(Duration::from_secs(5));
    server.wait();
}

#[cfg(feature = "files")]
#[test]
fn files_and_pages_share_the_paths() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "a file").unwrap();
    let server = files_and_pages::start(ANY_PORT, folder.path().to_str().unwrap()).unwrap();
    let (status, file) = get(&server, "/a.txt");
    assert!(status == 200 && file.ends_with("\r\n\r\na file"), "{file}");
    assert!(get(&server, "/").1.contains("a.txt"));
    let (status, page) = get(&server, "/api/uptime");
    assert!(
        status == 200 && page.ends_with("]") && page.contains("X-Content-Type-Options: nosniff"),
        "{page}"
    );
    assert_eq!(get(&server, "/api/other").0, 404);
    stop(server);
}

#[cfg(feature = "tls")]
#[test]
fn the_page_of_tls_comes_over_tls() {
    let server = tls::start(ANY_PORT, bantam_std::Tls::self_signed(["localhost"]).unwrap()).unwrap();
    let connector = common::tls_connector::connector(rustls::ALL_VERSIONS);
    let session = rustls::ClientConnection::new(connector, "localhost".try_into().unwrap()).unwrap();
    let socket = common::connect(server.local_addrs()[0]);
    let mut stream = rustls::StreamOwned::new(session, socket);
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello over TLS\n"), "{answer}");
    assert_eq!(get(&server, "/").0, 400, "a request without TLS");
    stop(server);
}

#[cfg(feature = "tokio")]
#[test]
fn pages_wait_for_a_task_of_tokio() {
    let (count, receiver) = tokio::sync::watch::channel(7);
    let server = on_tokio::start(ANY_PORT, receiver).unwrap();
    assert!(get(&server, "/").1.ends_with("\r\n\r\n7\n"));
    let client = send(server.local_addrs()[0], b"GET /ticks HTTP/1.0\r\n\r\n");
    let mut lines = BufReader::new(client).lines().map(|line| line.unwrap());
    for number in 8..11 {
        count.send(number).unwrap();
        assert_eq!(lines.find(|line| line.starts_with("data: ")), Some(format!("data: {number}")));
    }
    drop(lines);
    stop(server);
}

#[test]
fn the_control_page_shows_and_stops_the_work_for_those_with_its_secret() {
    let (server, control) = control_page::start().unwrap();
    control.done.store(42, Relaxed);
    let path = format!("/{}/", control.secret);
    assert!(get(&server, &path).1.contains("42 of 60"));
    for other in ["/", "/0000000000000000/", "/stop"] {
        assert_eq!(get(&server, other).0, 404, "{other}");
    }
    assert_eq!(ask(&server, "POST /0000000000000000/stop\nHost: a", "").0, 404);
    assert!(!control.stop.load(Relaxed));
    assert_eq!(ask(&server, &format!("POST {path}stop\nHost: a"), "").0, 200);
    assert!(control.stop.load(Relaxed));
    stop(server);
}
