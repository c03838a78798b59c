//! The baseline: writes what it reads, without HTTP.

#![no_std]
#![no_main]

use core::pin::pin;

use cortex_m_rt::entry;
use embedded_io_async::{Read, Write};
use footprint_images::TestStream;
use footprint_images::measure::{record_future, run_task};
use footprint_images::requests::BY_QUERY;
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);

async fn connection() {
    let mut stream = TestStream::new(&BY_QUERY);
    record_future(echo(&mut stream, INPUT.take())).await;
}

async fn echo(stream: &mut TestStream, input: &mut [u8]) {
    while let Ok(count @ 1..) = stream.read(input).await {
        if stream.write(&input[..count]).await.is_err() || stream.flush().await.is_err() {
            break;
        }
    }
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
