//! Reads the captured bytes of both directions of a connection from two files. Prints the requests and their responses.
//!
//! `cargo run -p bantam --example capture -- REQUESTS RESPONSES`

use std::error::Error;
use std::fs;
use std::io::{Write as _, stdout};

use bantam::wire::{BodyLength, ChunkDecoder, ParseError, request_head, response_head};
use bantam::{Rejection, nom};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = std::env::args().skip(1).collect();
    let [requests, responses] = &files[..] else { return Err("two files are needed".into()) };
    let (requests, responses) = (fs::read(requests)?, fs::read(responses)?);
    let (mut requests, mut responses) = (&requests[..], &responses[..]);
    let mut out = stdout().lock();
    while !requests.is_empty() {
        let (rest, request) = request_head(requests).map_err(|error| message("requests", error))?;
        let (body, rest) = decode(rest, request.body, ChunkDecoder::new())?;
        writeln!(out, "{} {} ({} bytes of body)", request.method, request.uri.path, body.len())?;
        requests = rest;
        loop {
            let (rest, response) = response_head(responses).map_err(|error| message("responses", error))?;
            let (body, rest) = decode(rest, response.body_after(request.method)?, ChunkDecoder::response())?;
            writeln!(out, "  {} ({} bytes of body)", response.status, body.len())?;
            responses = rest;
            // A final response follows an informational one.
            if !response.status.is_informational() {
                break;
            }
        }
    }
    Ok(())
}

/// The decoded body at the front of `bytes`, and the bytes behind it. Fails if the body is truncated.
fn decode<const RESPONSE: bool>(
    mut bytes: &[u8],
    length: BodyLength,
    mut decoder: ChunkDecoder<RESPONSE>,
) -> Result<(Vec<u8>, &[u8]), Rejection> {
    match length {
        BodyLength::Known(length) => {
            let length = usize::try_from(length).map_err(|_| Rejection::Truncated)?;
            let (body, rest) = bytes.split_at_checked(length).ok_or(Rejection::Truncated)?;
            Ok((body.to_vec(), rest))
        }
        BodyLength::UntilClose => Ok((bytes.to_vec(), &[])),
        BodyLength::Chunked => {
            let mut body = Vec::new();
            while !decoder.is_done() {
                if bytes.is_empty() {
                    return Err(Rejection::Truncated);
                }
                let step = decoder.decode(bytes)?;
                body.extend_from_slice(step.data);
                bytes = &bytes[step.used..];
            }
            Ok((body, bytes))
        }
    }
}

fn message(file: &str, error: nom::Err<ParseError<'_>>) -> String {
    match error {
        nom::Err::Incomplete(_) => format!("{file}: {}", Rejection::Truncated),
        nom::Err::Error(error) | nom::Err::Failure(error) => format!("{file}: {error}"),
    }
}
