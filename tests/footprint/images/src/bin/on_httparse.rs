//! The floor: httparse, and an answer by hand for what is asked here and nothing else. No bodies, no deadlines, no
//! rules of HTTP beyond the grammar of a head.

#![no_std]
#![no_main]

use core::pin::pin;

use cortex_m_rt::entry;
use embedded_io_async::{ErrorKind, Read, Write};
use footprint_images::Tape;
use footprint_images::greeting::Greeting;
use footprint_images::measure::{drive, noted};
use footprint_images::questions::{BY_QUERY, HOME, HTML, TEXT};
use httparse::{EMPTY_HEADER, Request, Status};
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);

async fn connection() {
    let mut tape = Tape::asking(&BY_QUERY);
    let _ = noted(serve(&mut tape, INPUT.take())).await;
}

enum Page {
    Home,
    Greeting(Greeting),
    Missing,
}

enum Parsed {
    /// Where the head ends, and what it asks for.
    Whole(usize, Page),
    Partial,
    Bad,
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [EMPTY_HEADER; 16];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Complete(end)) => Parsed::Whole(end, find(&request)),
        Ok(Status::Partial) => Parsed::Partial,
        Err(_) => Parsed::Bad,
    }
}

fn find(request: &Request<'_, '_>) -> Page {
    match (request.method, request.path) {
        (Some("GET"), Some("/")) => Page::Home,
        (Some("GET"), Some(target)) => Greeting::asked_for(target).map_or(Page::Missing, Page::Greeting),
        _ => Page::Missing,
    }
}

async fn serve(tape: &mut Tape, input: &mut [u8]) -> Result<(), ErrorKind> {
    let mut filled = 0;
    loop {
        match parse(&input[..filled]) {
            Parsed::Whole(end, page) => {
                answer(tape, &page).await?;
                input.copy_within(end..filled, 0);
                filled -= end;
            }
            Parsed::Partial if filled < input.len() => {
                let count = tape.read(&mut input[filled..]).await?;
                if count == 0 {
                    return Ok(());
                }
                filled += count;
            }
            Parsed::Partial => return tape.write_all(b"HTTP/1.1 431 Too Large\r\n\r\n").await,
            Parsed::Bad => return tape.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        }
    }
}

async fn answer(tape: &mut Tape, page: &Page) -> Result<(), ErrorKind> {
    let home = const { [b'0' + (HOME.len() / 10) as u8, b'0' + (HOME.len() % 10) as u8] };
    let (status, kind, length, body) = match page {
        Page::Home => ("200 OK", HTML, str::from_utf8(&home).unwrap_or(""), HOME.as_bytes()),
        Page::Greeting(greeting) => ("200 OK", TEXT, greeting.digits(), greeting.text()),
        Page::Missing => ("404 Not Found", TEXT, "0", &b""[..]),
    };
    let pieces =
        ["HTTP/1.1 ", status, "\r\nContent-Type: ", kind, "\r\nContent-Length: ", length, "\r\n\r\n"];
    for piece in pieces {
        tape.write_all(piece.as_bytes()).await?;
    }
    tape.write_all(body).await?;
    tape.flush().await
}

#[entry]
fn main() -> ! {
    drive(pin!(connection()))
}
