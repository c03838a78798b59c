//! A blocking HTTP/1.1 client: one GET over a `TcpStream`, with a response body in any framing.
//!
//! `cargo run -p bantam --example client -- http://127.0.0.1:8080/sleep`

use std::error::Error;
use std::io::{Read, Write, stderr, stdout};
use std::net::TcpStream;

use bantam::wire::{BodyLength, ChunkDecoder, Method, ResponseHeadParser, Uri, unfold};

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("a URL is needed: http://host:port/path")?;
    let uri = Uri::parse(url.as_bytes())?;
    let host = uri.authority.ok_or("the URL has no host")?;
    let query = uri.query.map_or(String::new(), |query| format!("?{query}"));
    let mut stream = TcpStream::connect(if host.contains(':') { host.into() } else { format!("{host}:80") })?;
    // In one write: `write!` to a socket makes a packet of each piece.
    let request = format!("GET {}{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", uri.path);
    stream.write_all(request.as_bytes())?;

    // The head may arrive in any number of reads. Each byte is parsed once.
    let (mut buffer, mut parser) = (Vec::new(), ResponseHeadParser::new());
    let end = loop {
        if let Some(end) = parser.advance(&buffer)? {
            let head = parser.response_head(&buffer)?;
            if !head.status.is_informational() {
                break end;
            }
            // A final response follows an informational one.
            buffer.drain(..end);
            parser = ResponseHeadParser::new();
        } else if read_more(&mut stream, &mut buffer)? == 0 {
            return Err("the head is truncated".into());
        }
    };
    // No value has a line end in it then.
    unfold(&mut buffer[..end]);
    let head = parser.response_head(&buffer)?;
    writeln!(stderr(), "{} {}", head.status, head.headers.text("content-type").unwrap_or("no type"))?;
    let length = head.body_after(Method::Get)?;
    let mut body = buffer.split_off(end);

    let mut decoder = ChunkDecoder::response();
    let mut remaining = match length {
        BodyLength::Known(length) => length,
        BodyLength::Chunked | BodyLength::UntilClose => u64::MAX,
    };
    while remaining > 0 && !decoder.is_done() {
        let (used, data) = match length {
            BodyLength::Chunked => decoder.decode(&body).map(|step| (step.used, step.data))?,
            _ => (body.len(), &body[..body.len().min(usize::try_from(remaining).unwrap_or(usize::MAX))]),
        };
        stdout().write_all(data)?;
        remaining -= data.len() as u64;
        body.drain(..used);
        if body.is_empty() && remaining > 0 && !decoder.is_done() && read_more(&mut stream, &mut body)? == 0 {
            return if length == BodyLength::UntilClose {
                Ok(())
            } else {
                Err("the body is truncated".into())
            };
        }
    }
    Ok(())
}

/// Appends the bytes of one read. Returns their number, 0 at the end of the stream.
fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut memory = [0; 4096];
    let count = stream.read(&mut memory)?;
    buffer.extend_from_slice(&memory[..count]);
    Ok(count)
}
