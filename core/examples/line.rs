//! A server in a plain blocking loop, over `wire` and `Cycle` alone: for a serial line, and the smallest flash.
//!
//! Here the line is standard input and output: `printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' | cargo run -p bantam --example line`

use std::io::{self, Read, Write};

use bantam::wire::{
    ConnectionOption, HeadParser, Method, RequestHead, ResponseHeadSpec, Status, encode_response_head,
};
use bantam::{AfterExchange, Cycle, Rejection};

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = [0; 1024];
    let mut filled = 0;
    let mut parser = HeadParser::request();
    loop {
        let answered = match parser.advance(&buffer[..filled]) {
            Ok(Some(end)) => parser
                .request_head(&buffer[..end])
                .and_then(|head| Cycle::begin(&head, 1024).map(|cycle| (head, cycle)))
                .map(|(head, cycle)| answer(&head, cycle, &buffer[end..filled], &mut output))
                .map(|answered| answered.map(|(next, used)| (next, end + used))),
            Ok(None) if filled == buffer.len() => Err(parser.too_long()),
            Ok(None) => {
                // The only wait. A device would give up here after a while.
                match input.read(&mut buffer[filled..])? {
                    0 => return Ok(()),
                    count => filled += count,
                }
                continue;
            }
            Err(rejection) => Err(rejection),
        };
        match answered {
            Ok(answered) => {
                let (next, used) = answered?;
                if next != AfterExchange::Keep {
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

/// Answers a request; how many bytes of body were used up.
fn answer(
    head: &RequestHead<'_>,
    mut cycle: Cycle,
    arrived: &[u8],
    output: &mut impl Write,
) -> io::Result<(AfterExchange, usize)> {
    let body: &[u8] = match (head.method, head.uri.path) {
        (Method::Get | Method::Head, "/") => b"Hello over the line.\n",
        _ => b"",
    };
    let status = if body.is_empty() { Status::NOT_FOUND } else { Status::OK };
    // What is left of a body that nobody wants decides whether the connection can go on.
    let used = cycle.receive(arrived).map_or(0, |step| step.used);
    let keep = cycle.body_is_done();
    if let Ok((framing, connection)) = cycle.respond(status, Some(body.len() as u64), keep) {
        let mut memory = [0; 256];
        let plan = ResponseHeadSpec { status, date: None, headers: &[], framing, connection };
        let length = encode_response_head(&mut memory, &plan).unwrap_or(0);
        output.write_all(&memory[..length])?;
        if matches!(cycle.send(body.len()), Ok(payload) if payload != bantam::BodyFraming::Discard) {
            output.write_all(body)?;
        }
        output.flush()?;
    }
    Ok((cycle.after(), used))
}

fn refuse(rejection: Rejection, output: &mut impl Write) -> io::Result<()> {
    let (text, connection) = (rejection.reason().as_bytes(), Some(ConnectionOption::Close));
    let framing = Some(bantam::wire::BodyLength::Known(text.len() as u64));
    let mut memory = [0; 256];
    let plan = ResponseHeadSpec { status: rejection.status(), date: None, headers: &[], framing, connection };
    let length = encode_response_head(&mut memory, &plan).unwrap_or(0);
    output.write_all(&memory[..length])?;
    output.write_all(text)?;
    output.flush()
}
