//! edge-http, for 16 fields. A loop around its `handle_request`: its own `handle_connection` needs a clock, and no image has
//! one.

#![no_std]
#![no_main]

use core::fmt::Display;
use core::pin::pin;

use cortex_m_rt::entry;
use edge_http::io::Error;
use edge_http::io::server::{Connection, Handler, handle_request};
use edge_nal::TcpSplit;
use embedded_io_async::{Read, Write};
use footprint_images::TestStream;
use footprint_images::greeting::Greeting;
use footprint_images::measure::{record_future, run_task};
use footprint_images::requests::{BY_QUERY, HOME, HTML, TEXT};
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);

struct Pages;

impl Handler for Pages {
    type Error<E>
        = Error<E>
    where
        E: core::fmt::Debug;

    async fn handle<T, const N: usize>(
        &self,
        _: impl Display + Copy,
        connection: &mut Connection<'_, T, N>,
    ) -> Result<(), Error<T::Error>>
    where
        T: Read + Write + TcpSplit,
    {
        let target = connection.headers()?.path;
        let greeting;
        let home = const { [b'0' + (HOME.len() / 10) as u8, b'0' + (HOME.len() % 10) as u8] };
        let (status, reason, kind, length, body) = if target == "/" {
            (200, "OK", HTML, str::from_utf8(&home).unwrap_or(""), HOME.as_bytes())
        } else if let Some(found) = Greeting::for_target(target) {
            greeting = found;
            (200, "OK", TEXT, greeting.digits(), greeting.text())
        } else {
            (404, "Not Found", TEXT, "0", &b""[..])
        };
        let headers = [("Content-Type", kind), ("Content-Length", length)];
        connection.initiate_response(status, Some(reason), &headers).await?;
        connection.write_all(body).await
    }
}

async fn serve(stream: &mut TestStream, input: &mut [u8]) {
    while let Ok(false) = handle_request::<_, _, 16>(input, &mut *stream, 0_u8, Pages).await {}
}

async fn connection() {
    let mut stream = TestStream::new(&BY_QUERY);
    record_future(serve(&mut stream, INPUT.take())).await;
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
