//! The lower bound: httparse and fixed responses. No bodies, no deadlines, no rules of HTTP but the grammar of a head.

#![no_std]
#![no_main]

use core::pin::pin;

use cortex_m_rt::entry;
use embedded_io_async::{ErrorKind, Read, Write};
use footprint_images::TestStream;
use footprint_images::greeting::Greeting;
use footprint_images::measure::{record_future, run_task};
use footprint_images::requests::{BY_QUERY, HOME, HTML, TEXT};
use httparse::{EMPTY_HEADER, Request, Status};
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);

async fn connection() {
    let mut stream = TestStream::new(&BY_QUERY);
    let _ = record_future(serve(&mut stream, INPUT.take())).await;
}

enum Page {
    Home,
    Greeting(Greeting),
    Missing,
}

enum Parsed {
    /// The end of the head, and the page.
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
        (Some("GET"), Some(target)) => Greeting::for_target(target).map_or(Page::Missing, Page::Greeting),
        _ => Page::Missing,
    }
}

async fn serve(stream: &mut TestStream, input: &mut [u8]) -> Result<(), ErrorKind> {
    let mut filled = 0;
    loop {
        match parse(&input[..filled]) {
            Parsed::Whole(end, page) => {
                answer(stream, &page).await?;
                input.copy_within(end..filled, 0);
                filled -= end;
            }
            Parsed::Partial if filled < input.len() => {
                let count = stream.read(&mut input[filled..]).await?;
                if count == 0 {
                    return Ok(());
                }
                filled += count;
            }
            Parsed::Partial => return stream.write_all(b"HTTP/1.1 431 Too Large\r\n\r\n").await,
            Parsed::Bad => return stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        }
    }
}

async fn answer(stream: &mut TestStream, page: &Page) -> Result<(), ErrorKind> {
    let home = const { [b'0' + (HOME.len() / 10) as u8, b'0' + (HOME.len() % 10) as u8] };
    let (status, kind, length, body) = match page {
        Page::Home => ("200 OK", HTML, str::from_utf8(&home).unwrap_or(""), HOME.as_bytes()),
        Page::Greeting(greeting) => ("200 OK", TEXT, greeting.digits(), greeting.text()),
        Page::Missing => ("404 Not Found", TEXT, "0", &b""[..]),
    };
    let parts = ["HTTP/1.1 ", status, "\r\nContent-Type: ", kind, "\r\nContent-Length: ", length, "\r\n\r\n"];
    for part in parts {
        stream.write_all(part.as_bytes()).await?;
    }
    stream.write_all(body).await?;
    stream.flush().await
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
