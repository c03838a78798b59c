//! Runs the malformed cases against the images over smoltcp, on Arm and on RISC-V.
//! Invariant: the board sends the same bytes as [`bantam::Blocking`] on the host with buffers of the same size and no clock, but for the links
//! of the index to the pages that these images lack, and the markup of a refusal: the core of the host has the feature `problem-json`.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use bantam_tests::answers::{Answer, Framing, MalformedResponse, read};
use bantam_tests::malformed::{all, case::Case};
use bantam_tests::memory::{WHOLE, serve_bytes, without_continue};
use bantam_www::Www;

use crate::board::{Board, TCP_IMAGES};

/// The buffers of a slot of these images: for a request, for a response.
const INPUT: usize = 1024;
const OUTPUT: usize = 512;

const CLOSE: &[u8] = b"\r\nConnection: close\r\n";

/// Well-formed requests, pipelined on one connection. The board has the files that can be compressed in gzip alone: none of them is here.
const REQUESTS: &str = "\
    GET / HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /?firstname=Ada%20%3Cb%3E HTTP/1.1\r\nHost: a\r\n\r\n\
    HEAD /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /favicon.ico HTTP/1.1\r\nHost: a\r\nRange: bytes=100-299\r\n\r\n\
    GET /hello/%41da HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /favicon.ico HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n\
    GET /favicon.ico HTTP/1.1\r\nHost: a\r\nIf-Match: \"other\"\r\n\r\n";

fn exchange(board: &Board, request: &[u8]) -> Vec<u8> {
    let mut stream = board.connect();
    // The board may refuse the head and reset the connection before the rest is sent.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("the board closes in time");
    without_continue(&received)
}

/// Like [`exchange`], again while the board closes a connection that it would keep with another socket free to listen: the
/// connections of earlier cases may still hold all of them.
fn exchange_with_free_sockets(board: &Board, request: &[u8], expected: &[u8]) -> Vec<u8> {
    let closes = |bytes: &[u8]| bytes.windows(CLOSE.len()).any(|window| window == CLOSE);
    for _ in 0..40 {
        let received = exchange(board, request);
        if closes(&received) <= closes(expected) {
            return received;
        }
        thread::sleep(Duration::from_millis(250));
    }
    exchange(board, request)
}

fn in_memory(request: &[u8]) -> Vec<u8> {
    without_continue(&serve_bytes::<_, INPUT, OUTPUT>(&Www::new(), request, WHOLE, None))
}

/// The first of the links to pages that these images lack. The others follow it to the end of the navigation.
const LACKING: &str = " <a href=\"upload\">";

/// What the page of a refusal has in every form, from its heading to the end.
const HEADING: &str = "<h1>";

/// Parses responses, without the links to pages that the board lacks, and of the page of a refusal the heading and the sentence alone.
fn parse(received: &[u8], is_head: impl Fn(usize) -> bool) -> Result<Vec<Answer>, MalformedResponse> {
    let mut answers = read(received, is_head)?;
    for answer in &mut answers {
        let body = String::from_utf8_lossy(&answer.body);
        if let Some((start, rest)) = body.split_once(LACKING) {
            let (_, end) = rest.split_once("</nav>").expect("the navigation ends");
            answer.body = format!("{start}</nav>{end}").into_bytes();
        } else if answer.status >= 400 {
            let page = body.split_once(HEADING).map_or(&*body, |(_, page)| page);
            answer.body = page.trim_end().as_bytes().to_vec();
            if let Framing::Length(_) = answer.framing {
                answer.framing = Framing::Length(answer.body.len());
            }
            answer.fields.retain(|(name, value)| {
                name != "Content-Length" && (&**name, &**value) != ("Vary", "Accept")
            });
        }
    }
    Ok(answers)
}

/// Parses the responses of a case with an echo, of which the network decides the sizes of its chunks, with the index or with a refusal.
fn parse_case(
    case: &Case,
    received: &[u8],
    expected: &[u8],
) -> Option<Result<Vec<Answer>, MalformedResponse>> {
    let has = |bytes: &[u8], part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
    let is_refused = ["HTTP/1.1 4", "HTTP/1.1 5"].into_iter().any(|start| has(expected, start));
    let differs = has(&case.sent, "/echo") || has(expected, LACKING) || is_refused;
    differs.then(|| parse(received, |number| case.heads.contains(&number)))
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn every_case_gets_the_bytes_of_the_in_memory_server() {
    for image in TCP_IMAGES {
        let board = Board::boot(image);
        let mut wrong = Vec::new();
        for case in all() {
            let request = case.wire();
            let expected = in_memory(&request);
            let received = exchange_with_free_sockets(&board, &request, &expected);
            let same = parse_case(&case, &received, &expected)
                .is_some_and(|responses| Some(responses) == parse_case(&case, &expected, &expected));
            if received != expected && !same {
                let [received, expected] =
                    [received, expected].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                wrong.push(format!("{}: {received}\ninstead of {expected}", case.name));
            }
        }
        assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    }
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn well_formed_requests_get_the_bytes_of_the_in_memory_server() {
    let expected = in_memory(REQUESTS.as_bytes());
    let [received, riscv] = TCP_IMAGES.map(|image| exchange(&Board::boot(image), REQUESTS.as_bytes()));
    assert_eq!(riscv.escape_ascii().to_string(), received.escape_ascii().to_string());
    let [received, expected] =
        [received, expected].map(|bytes| parse(&bytes, |number| number == 2).expect("responses"));
    assert_eq!(received, expected);
    let statuses: Vec<_> = received.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 206, 200, 304, 412]);
}
