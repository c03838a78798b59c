//! Compression on the fly, of files and of pages, in every mode.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
#[path = "../common/mod.rs"]
mod common;
mod files;
#[cfg(feature = "cli")]
mod memory;
mod pages;
#[cfg(feature = "cli")]
#[path = "../common/program.rs"]
mod program;
#[cfg(feature = "cli")]
mod settings;
mod site;

use std::io::Read as _;
use std::net::SocketAddr;

use common::unchunk;

/// The codings, in the order of files.
const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

#[derive(Clone, Debug)]
struct Response {
    head: String,
    /// Without its framing.
    body: Vec<u8>,
}

impl Response {
    fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    fn field(&self, name: &str) -> Option<&str> {
        let name = format!("{name}: ");
        let mut values = self.head.lines().filter_map(|line| line.strip_prefix(&name));
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice: {}", self.head);
        value
    }

    fn coding(&self) -> Option<&str> {
        self.field("Content-Encoding")
    }

    /// The content, decoded.
    fn content(&self) -> Vec<u8> {
        decode(self.coding(), &self.body)
    }

    /// The head without its Date.
    fn undated(&self) -> String {
        self.head.lines().filter(|line| !line.starts_with("Date:")).collect::<Vec<_>>().join("\n")
    }
}

/// Sends a request, and reads the response to the close. The framing has to be right to the byte.
fn ask(address: SocketAddr, method: &str, path: &str, fields: &str) -> Response {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    let mut bytes = Vec::new();
    common::send(address, request.as_bytes()).read_to_end(&mut bytes).expect("closed in time");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let (head, body) = (String::from_utf8(bytes[..end + 2].to_vec()).unwrap(), &bytes[end + 4..]);
    let mut response = Response { head, body: body.to_vec() };
    if method == "HEAD" || response.status() == 304 {
        assert!(body.is_empty(), "{}", response.head);
    } else if response.field("Transfer-Encoding") == Some("chunked") {
        response.body = unchunk(body);
    } else {
        assert_eq!(response.field("Content-Length"), Some(&*body.len().to_string()), "{}", response.head);
    }
    response
}

/// The response to a GET that accepts a coding.
fn get(address: SocketAddr, path: &str, coding: &str) -> Response {
    ask(address, "GET", path, &format!("Accept-Encoding: {coding}\r\n"))
}

/// Decodes the whole of a content, or what there is of it.
fn decode(coding: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    match coding {
        None => decoded.extend_from_slice(bytes),
        Some("br") => {
            brotli::Decompressor::new(bytes, 4096).read_to_end(&mut decoded).map(drop).expect("brotli");
        }
        Some("gzip") => decoded = gunzip(bytes),
        Some("zstd") => {
            let mut context = zstd_safe::DCtx::create();
            let mut input = zstd_safe::InBuffer::around(bytes);
            loop {
                let mut part = vec![0; 1 << 16];
                let mut output = zstd_safe::OutBuffer::around(&mut part[..]);
                let left = context.decompress_stream(&mut output, &mut input).expect("zstd");
                let count = output.pos();
                decoded.extend_from_slice(&part[..count]);
                if left == 0 || count == 0 && input.pos() == bytes.len() {
                    assert_eq!(input.pos(), bytes.len(), "bytes behind the frame");
                    break;
                }
            }
        }
        Some(other) => panic!("{other}"),
    }
    decoded
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    // The window, and the format of gzip.
    let mut state = zlib_rs::Inflate::new(true, 15 + 16);
    let (mut decoded, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let (read, written) = (state.total_in() as usize, state.total_out());
        let status =
            state.decompress(&bytes[read..], &mut part, zlib_rs::InflateFlush::NoFlush).expect("gzip");
        let count = (state.total_out() - written) as usize;
        decoded.extend_from_slice(&part[..count]);
        if status == zlib_rs::Status::StreamEnd {
            assert_eq!(state.total_in() as usize, bytes.len(), "bytes behind the end");
            return decoded;
        }
        if count == 0 && state.total_in() as usize == bytes.len() {
            return decoded;
        }
    }
}

/// Text of this length that compresses to about a third, and whose parts differ.
fn text(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let words = std::iter::from_fn(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(format!("word{} ", state >> 20))
    });
    words.flat_map(String::into_bytes).take(length).collect()
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(random).take(length).collect()
}
