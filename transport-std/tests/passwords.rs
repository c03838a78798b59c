//! Passwords that are guessed (--basic-auth): what that costs the program, and the other clients.
//!
//! Invariant: hashing has two threads and a queue of its own, in every mode.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};

use bantam_std::Mode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{read_response, send, unless_held_up, wait_until};
use program::Program;

/// The user `ada` with the password `password`, which is checked in a millisecond.
const CHEAP: &str =
    "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
/// A user with the memory of --hash-password, in one pass instead of two.
const LARGE: &str =
    "bob:$argon2id$v=19$m=19456,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
/// A user whose hash takes as long as one may.
const SLOW: &str =
    "bob:$argon2id$v=19$m=8192,t=128,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

fn start(mode: Mode, flags: &[&str]) -> Program {
    Program::start_in(mode, &[&["--quiet", "--basic-auth", CHEAP], flags].concat())
}

fn request(fields: &str) -> Vec<u8> {
    format!("GET /robots.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes()
}

/// The field with the credentials of `user`.
fn login(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
}

/// Sends a guess of the password of `bob`.
fn guess(address: SocketAddr, number: u32, fields: &str) -> TcpStream {
    send(address, &request(&format!("{}{fields}", login("bob", &number.to_string()))))
}

fn status(text: &str) -> &str {
    text.get(9..12).unwrap_or_default()
}

fn ask(address: SocketAddr, fields: &str) -> String {
    read_response(&mut send(address, &request(fields))).unwrap()
}

fn is_answered(client: &TcpStream) -> bool {
    client.set_nonblocking(true).unwrap();
    let peeked = client.peek(&mut [0]);
    client.set_nonblocking(false).unwrap();
    !matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

in_every_mode! {
fn others_are_answered_while_passwords_are_guessed(mode) {
    let program = start(mode, &["--basic-auth", SLOW, "--workers", if mode == Mode::Threads { "16" } else { "1" }]);
    let known = login("ada", "password");
    assert_eq!(status(&ask(program.address, &known)), "200");
    // Where the guesses are checked before the others are answered, the others waited for them, or the machine held this thread up.
    let mut next = 0;
    unless_held_up(|| {
        // With one more below, as many as may wait of one client.
        let mut guesses: Vec<_> = (next..next + 7).map(|number| guess(program.address, number, "")).collect();
        next += 8;
        // A known user, and a client without a password.
        for (fields, expected) in [(&*known, "200"), ("", "401"), (&*known, "200"), ("", "401")] {
            assert_eq!(status(&ask(program.address, fields)), expected);
        }
        // The response to a request before a guess.
        let mut pipelined = send(program.address, &[request(&known), request(&login("bob", &(next - 1).to_string()))].concat());
        assert_eq!(status(&read_response(&mut pipelined).unwrap()), "200");
        let did_not_wait = !is_answered(&pipelined) && !guesses.iter().all(is_answered);
        guesses.push(pipelined);
        guesses.iter_mut().for_each(|guess| drop(read_response(guess).unwrap()));
        did_not_wait.then_some(())
    });
}

fn beyond_the_queue_a_client_gets_429_and_all_of_them_get_503(mode) {
    let program = start(mode, &["--basic-auth", SLOW, "--trust-proxy", "127.0.0.1"]);
    let client = |client: u32, number: u32| {
        guess(program.address, number, &format!("X-Forwarded-For: 192.0.2.{client}\r\n"))
    };
    // Two are checked and eight wait, of this client; 64 wait of all.
    let mut of_one: Vec<_> = (0..13).map(|number| client(1, number)).collect();
    let mut of_many: Vec<_> = (13..90).map(|number| client(number, number)).collect();
    for (guesses, least, code) in [(&mut of_one, 3, "429"), (&mut of_many, 11, "503")] {
        wait_until(|| guesses.iter().filter(|guess| is_answered(guess)).count() >= least);
        let answered = guesses.iter_mut().filter(|guess| is_answered(guess));
        let answers: Vec<_> = answered.map(|guess| read_response(guess).unwrap()).collect();
        // A check may have ended meanwhile.
        let refused: Vec<_> = answers.iter().filter(|answer| status(answer) != "401").collect();
        assert!(!refused.is_empty());
        for answer in refused {
            assert!(status(answer) == code && answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
        }
    }
}

#[cfg(target_os = "linux")]
fn memory_is_bounded_and_given_back(mode) {
    /// In KB: the ceiling of operating.md for 64 connections.
    const IDLE: u64 = 24 * 1024 + 64 * 28;
    const CEILING: u64 = IDLE + 2 * 19 * 1024;
    let program = start(mode, &["--basic-auth", LARGE]);
    let memory = |key: &str| program.status(key).split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).unwrap();
    for _ in 0..3 {
        let guesses: Vec<_> = (0..64).map(|number| guess(program.address, number, "")).collect();
        for mut guess in guesses {
            assert!(matches!(status(&read_response(&mut guess).unwrap()), "401" | "429" | "503"));
        }
        // The heaps of glibc keep what they have got once.
        wait_until(|| memory("VmRSS") < IDLE);
    }
    let peak = memory("VmHWM");
    assert!(peak < CEILING, "{peak} KB, and {CEILING} KB are the ceiling");
}
}
