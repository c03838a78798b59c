//! A gigabyte of what looks like boundaries, uploaded to the site's page through 512 bytes.
//!
//! Invariant: the memory of the program does not grow with the bytes of a form.

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;

use std::io::{Read, Write};
use std::net::TcpStream;

use program::Program;

const GIGABYTE: usize = 1 << 30;
const PIECE: usize = 1 << 16;
const UNIT: &[u8] = b"\r\n--not the boundary\r";
/// Of so many pieces, computed by another implementation.
const SHA256: &str = "d065d7a86b63a049a7b9b0cba304cd8adf4c1fdd3be851053db81375ba4bdbeb";
/// What a connection may add to the memory of the program, in KB: buffers, a slot or a thread, and what the allocator rounds up.
const MORE: u64 = 1024;

const HEAD: &[u8] =
    b"--not the boundary-\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
const END: &[u8] = b"\r\n--not the boundary---\r\n";

/// A number of /proc/PID/status, in KB.
fn kilobytes(program: &Program, key: &str) -> u64 {
    let line = program.status(key);
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Sends the form. Returns the response.
fn upload(program: &Program) -> String {
    let mut stream = TcpStream::connect(program.address).expect("connected");
    let length = HEAD.len() + GIGABYTE + END.len();
    let request = format!(
        "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=\"not the boundary-\"\r\n\r\n"
    );
    stream.write_all(&[request.as_bytes(), HEAD].concat()).expect("sent");
    let piece: Vec<u8> = UNIT.iter().copied().cycle().take(PIECE).collect();
    for _ in 0..GIGABYTE / PIECE {
        stream.write_all(&piece).expect("sent");
    }
    stream.write_all(END).expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("received");
    response
}

in_every_mode! {
#[ignore = "sends a gigabyte: tests/run does"]
fn a_gigabyte_goes_through_512_bytes_in_constant_memory(mode) {
    let program = Program::start_in(mode, &["--quiet", "--timeout-body-total", "0"]);
    let before = kilobytes(&program, "VmHWM");
    let response = upload(&program);
    let after = kilobytes(&program, "VmHWM");
    println!("resident memory of the program: {before} KB, then at most {after} KB");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains(&format!("{GIGABYTE} bytes<br><code>{SHA256}</code>")), "{response}");
    assert!(after <= before + MORE, "{before} KB, then {after} KB");
}
}
