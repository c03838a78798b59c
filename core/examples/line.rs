//! A server in a blocking loop over `wire` and `Cycle` alone, as for a serial port: without `serve`, async or transports.
//!
//! It reads standard input and writes standard output: `printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' | cargo run -p bantam --example line`

use std::io::{self, Read, Write};

use bantam::wire::{
    BodyLength, ConnectionOption, HeadParser, Method, RequestHead, ResponseHeadSpec, Status,
    encode_response_head,
};
use bantam::{AfterExchange, Cycle, Rejection};

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = [0; 1024];
    let mut filled = 0;
    let mut parser = HeadParser::request();
    loop {
        let result = match parser.advance(&buffer[..filled]) {
            Ok(Some(end)) => parser
                .request_head(&buffer[..end])
                .and_then(|head| Cycle::begin(&head, 1024).map(|cycle| (head, cycle)))
                .map(|(head, cycle)| respond(&head, cycle, &buffer[end..filled], &mut output))
                .map(|written| written.map(|(after, used)| (after, end + used))),
            Ok(None) if filled == buffer.len() => Err(parser.too_long()),
            Ok(None) => {
                // The only blocking call. A device needs a timeout here.
                match input.read(&mut buffer[filled..])? {
                    0 => return Ok(()),
                    count => filled += count,
                }
                continue;
            }
            Err(rejection) => Err(rejection),
        };
        match result {
            Ok(written) => {
                let (after, used) = written?;
                if after != AfterExchange::Keep {
                    return Ok(());
                }
                buffer.copy_within(used..filled, 0);
                filled -= used;
                parser = HeadParser::request();
            }
            Err(rejection) => return refuse(rejection, &mut output),
        }
    }
}

/// Responds to a request. Returns what becomes of the connection, and the number of body bytes consumed.
fn respond(
    head: &RequestHead<'_>,
    mut cycle: Cycle,
    received: &[u8],
    output: &mut impl Write,
) -> io::Result<(AfterExchange, usize)> {
    let body: &[u8] = match (head.method, head.uri.path) {
        (Method::Get | Method::Head, "/") => b"Hello over the line.\n",
        _ => b"",
    };
    let status = if body.is_empty() { Status::NOT_FOUND } else { Status::OK };
    // An unread rest of the body closes the connection.
    let used = cycle.receive(received).map_or(0, |step| step.used);
    let keep = cycle.body_is_done();
    if let Ok((framing, connection)) = cycle.respond(status, Some(body.len() as u64), keep) {
        let mut memory = [0; 256];
        let mut spec = ResponseHeadSpec::new(status);
        (spec.framing, spec.connection) = (framing, connection);
        let length = encode_response_head(&mut memory, &spec).unwrap_or(0);
        output.write_all(&memory[..length])?;
        if matches!(cycle.send(body.len()), Ok(payload) if payload != bantam::BodyFraming::Discard) {
            output.write_all(body)?;
        }
        output.flush()?;
    }
    Ok((cycle.after(), used))
}

fn refuse(rejection: Rejection, output: &mut impl Write) -> io::Result<()> {
    let text = rejection.reason().as_bytes();
    let mut spec = ResponseHeadSpec::new(rejection.status());
    spec.framing = Some(BodyLength::Known(text.len() as u64));
    spec.connection = Some(ConnectionOption::Close);
    let mut memory = [0; 256];
    let length = encode_response_head(&mut memory, &spec).unwrap_or(0);
    output.write_all(&memory[..length])?;
    output.write_all(text)?;
    output.flush()
}
