//! Reads what both sides of a connection have said, from two files, and prints the requests and their answers.
//!
//! `cargo run -p bantam --example capture -- REQUESTS RESPONSES`

use std::error::Error;
use std::fs;

use bantam::wire::{BodyLength, ChunkDecoder, request_head, response_head};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = std::env::args().skip(1).collect();
    let [requests, responses] = &files[..] else { return Err("two files are needed".into()) };
    let (requests, responses) = (fs::read(requests)?, fs::read(responses)?);
    let (mut asked, mut answered) = (&requests[..], &responses[..]);
    while !asked.is_empty() {
        let (rest, head) = request_head(asked).map_err(|error| format!("in the requests: {error:?}"))?;
        let length = body(rest, head.body)?;
        println!("{} {} ({length} bytes of body)", head.method, head.uri.path);
        asked = &rest[length..];
        loop {
            let (rest, answer) =
                response_head(answered).map_err(|error| format!("in the responses: {error:?}"))?;
            let length = body(rest, answer.body(head.method == bantam::wire::Method::Head)?)?;
            println!("  {} ({length} bytes of body)", answer.status);
            answered = &rest[length..];
            if !answer.status.is_informational() {
                break;
            }
        }
    }
    Ok(())
}

/// How many bytes a body has on the wire.
fn body(bytes: &[u8], length: BodyLength) -> Result<usize, Box<dyn Error>> {
    let used = match length {
        BodyLength::Known(length) => usize::try_from(length)?,
        BodyLength::UntilClose => bytes.len(),
        BodyLength::Chunked => {
            let (mut decoder, mut used) = (ChunkDecoder::new(), 0);
            while !decoder.is_done() && used < bytes.len() {
                used += decoder.decode(&bytes[used..])?.used;
            }
            used
        }
    };
    if used > bytes.len() { Err("a body ends too early".into()) } else { Ok(used) }
}
