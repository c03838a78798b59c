//! Law: the board answers every client, hostile or not, as `Blocking` does on this machine with buffers of the same size:
//! with the same bytes. It has no clock, and so neither has `Blocking`.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use bantam_tests::answers::{Answer, MalformedResponse, read};
use bantam_tests::malformed::{all, case::Case};
use bantam_tests::memory::{WHOLE, serve_bytes, without_continue};
use bantam_www::Www;

use crate::board::Board;

/// The buffers of a slot of the image `ethernet`: for a request, for a response.
const INPUT: usize = 1024;
const OUTPUT: usize = 512;

/// What those want who mean well: the whole of what the board has, in one connection.
const VISIT: &str = "\
    GET / HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /?firstname=Ada%20%3Cb%3E HTTP/1.1\r\nHost: a\r\n\r\n\
    HEAD /style.css HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /style.css HTTP/1.1\r\nHost: a\r\n\r\n\
    GET /bantam.svg HTTP/1.1\r\nHost: a\r\nRange: bytes=100-299\r\n\r\n\
    GET /favicon.ico HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n\
    GET /favicon.ico HTTP/1.1\r\nHost: a\r\nIf-Match: \"other\"\r\n\r\n";

fn ask(board: &Board, said: &[u8]) -> Vec<u8> {
    let mut stream = board.connect();
    // A server that has refused the beginning may have gone before the end was said.
    let _ = stream.write_all(said);
    let _ = stream.shutdown(Shutdown::Write);
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).expect("an end in time");
    without_continue(&heard)
}

fn in_memory(said: &[u8]) -> Vec<u8> {
    without_continue(&serve_bytes::<_, INPUT, OUTPUT>(&Www, said, WHOLE, None))
}

/// An echo is cut into chunks as its body has come, which the network decides; what it says is the same.
fn echoed(case: &Case, heard: &[u8]) -> Option<Result<Vec<Answer>, MalformedResponse>> {
    let echoes = case.sent.windows(5).any(|window| window == b"/echo");
    echoes.then(|| read(heard, |number| case.heads.contains(&number)))
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn every_hostile_client_hears_from_the_board_what_it_would_hear_in_memory() {
    let board = Board::boot("ethernet");
    let mut wrong = Vec::new();
    for case in all() {
        let said = case.wire();
        let (heard, expected) = (ask(&board, &said), in_memory(&said));
        let same = echoed(&case, &heard).is_some_and(|answers| Some(answers) == echoed(&case, &expected));
        if heard != expected && !same {
            let [heard, expected] =
                [heard, expected].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            wrong.push(format!("{}: {heard}\ninstead of {expected}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/run installs and builds them"]
fn a_visitor_hears_from_the_board_what_he_would_hear_in_memory() {
    let (heard, expected) = (ask(&Board::boot("ethernet"), VISIT.as_bytes()), in_memory(VISIT.as_bytes()));
    assert_eq!(heard.escape_ascii().to_string(), expected.escape_ascii().to_string());
    let statuses: Vec<_> =
        read(&heard, |number| number == 2).expect("answers").iter().map(|a| a.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 206, 304, 412]);
}
