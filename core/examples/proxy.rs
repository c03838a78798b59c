//! A proxy that passes on what it understands, and refuses the rest: `cargo run -p bantam --example proxy -- 127.0.0.1:8000 127.0.0.1:8080`
//! listens on the first address for the server at the second.
//!
//! Invariant: the server gets a message whose end is written by this proxy, so that both find the same end.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use bantam::Rejection;
use bantam::wire::{
    BodyLength, ChunkDecoder, HeadParser, Headers, Method, ResponseHeadParser, Status, members, unfold,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [own, server] = &arguments[..] else { return Err("two addresses are needed: OWN SERVER".into()) };
    let listener = TcpListener::bind(own)?;
    writeln!(io::stdout(), "http://{}/", listener.local_addr()?)?;
    for client in listener.incoming() {
        let (mut client, server) = (client?, server.clone());
        std::thread::spawn(move || {
            // What cannot be understood is answered by the proxy, and never reaches the server.
            let failed = pass(&mut client, &server).err();
            let status = failed.map(|error| match error.downcast::<Rejection>() {
                Ok(rejection) => (rejection.status(), rejection.reason()),
                Err(_) => (Status::BAD_GATEWAY, "The server did not answer in a way that can be understood."),
            });
            if let Some((status, reason)) = status {
                let _ = write!(client, "HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{reason}\n");
            }
            // Unread bytes would make a reset of the close, which may overtake the answer.
            let _ = client.shutdown(Shutdown::Write);
            let _ = io::copy(&mut client.take(65_536), &mut io::sink());
        });
    }
    Ok(())
}

/// Passes one request and its response on. An error is one of before the first byte of the response.
fn pass(client: &mut TcpStream, server: &str) -> Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (mut buffer, mut parser) = (Vec::new(), HeadParser::request());
    let end = loop {
        match parser.advance(&buffer)? {
            Some(end) => break end,
            None if buffer.len() > 8192 => return Err(parser.too_long().into()),
            None => read_more(client, &mut buffer)?,
        }
    };
    let mut body = buffer.split_off(end);
    let head = parser.request_head(&buffer)?;
    if head.method == Method::Connect {
        return Err(Rejection::NotImplemented.into());
    }
    let mut server = TcpStream::connect(server)?;
    server.set_read_timeout(Some(Duration::from_secs(30)))?;
    let query = head.uri.query.map_or(String::new(), |query| format!("?{query}"));
    let line =
        format!("{} {}{query} HTTP/1.1\r\nHost: {}", head.method, head.uri.path, head.host().unwrap_or(""));
    server.write_all(&message(&line, &head.headers, Some(head.body)))?;
    if head.expects_continue() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    copy(client, &mut body, &mut server, head.body, ChunkDecoder::new())?;

    let (mut answer, mut parser) = (Vec::new(), ResponseHeadParser::new());
    let end = loop {
        match parser.advance(&answer).map_err(|error| error.to_string())? {
            Some(end) if parser.response_head(&answer)?.status.is_informational() => {
                answer.drain(..end);
                parser = ResponseHeadParser::new();
            }
            Some(end) => break end,
            None => read_more(&mut server, &mut answer).map_err(|error| error.to_string())?,
        }
    };
    let mut body = answer.split_off(end);
    unfold(&mut answer);
    let response = parser.response_head(&answer).map_err(|error| error.to_string())?;
    let length = response.body_after(head.method).map_err(|error| error.to_string())?;
    let line = format!("HTTP/1.1 {}", response.status);
    let has_body = head.method != Method::Head && !response.status.is_bodiless();
    client.write_all(&message(&line, &response.headers, has_body.then_some(length)))?;
    // The response has begun: one that is cut off ends the connection.
    let _ = copy(&mut server, &mut body, client, length, ChunkDecoder::response());
    Ok(())
}

/// A head with these fields, but those of one connection (RFC 9110 section 7.6.1), and with a framing of its own.
fn message(line: &str, headers: &Headers<'_>, length: Option<BodyLength>) -> Vec<u8> {
    let mut bytes = line.as_bytes().to_vec();
    let named: Vec<_> = headers.all("connection").flat_map(members).collect();
    let own = [
        "connection",
        "keep-alive",
        "te",
        "upgrade",
        "transfer-encoding",
        "content-length",
        "host",
        "expect",
    ];
    for field in headers.iter() {
        let is = |name: &[u8]| field.name.eq_ignore_ascii_case(name);
        if !own.iter().any(|name| is(name.as_bytes())) && !named.iter().any(|name| is(name)) {
            bytes.extend([b"\r\n", field.name, b": ", field.value].concat());
        }
    }
    match length {
        Some(BodyLength::Known(length)) => bytes.extend(format!("\r\nContent-Length: {length}").bytes()),
        Some(BodyLength::Chunked) => bytes.extend(b"\r\nTransfer-Encoding: chunked"),
        Some(BodyLength::UntilClose) | None => {}
    }
    bytes.extend(b"\r\nConnection: close\r\n\r\n");
    bytes
}

/// Copies a body: what has been read of it in `buffer`, and the rest. Chunks are made anew.
fn copy<const RESPONSE: bool>(
    from: &mut TcpStream,
    buffer: &mut Vec<u8>,
    to: &mut TcpStream,
    length: BodyLength,
    mut decoder: ChunkDecoder<RESPONSE>,
) -> Result<()> {
    let mut left = if let BodyLength::Known(length) = length { length } else { u64::MAX };
    while left > 0 && !decoder.is_done() {
        if buffer.is_empty() {
            let end = read_more(from, buffer);
            if length == BodyLength::UntilClose && end.is_err() {
                return Ok(());
            }
            end?;
        }
        if length == BodyLength::Chunked {
            let step = decoder.decode(buffer)?;
            if !step.data.is_empty() {
                to.write_all(
                    &[format!("{:x}\r\n", step.data.len()).as_bytes(), step.data, b"\r\n"].concat(),
                )?;
            }
            buffer.drain(..step.used);
        } else {
            let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            to.write_all(&buffer[..count])?;
            left -= count as u64;
            buffer.drain(..count);
        }
    }
    if decoder.is_done() {
        to.write_all(b"0\r\n\r\n")?;
    }
    Ok(())
}

/// Appends the bytes of one read. Fails at the end of the stream.
fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    let mut memory = [0; 4096];
    match stream.read(&mut memory) {
        Ok(0) => Err(Rejection::Truncated.into()),
        Ok(count) => {
            buffer.extend_from_slice(&memory[..count]);
            Ok(())
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Err(Rejection::Timeout.into())
        }
        Err(error) => Err(error.into()),
    }
}
