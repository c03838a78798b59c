//! What every image has: it reads the requests and writes what it has read, and knows nothing of HTTP.

#![no_std]
#![no_main]

use core::pin::pin;

use cortex_m_rt::entry;
use embedded_io_async::{Read, Write};
use footprint_images::Tape;
use footprint_images::measure::{drive, noted};
use footprint_images::questions::BY_QUERY;
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);

async fn connection() {
    let mut tape = Tape::asking(&BY_QUERY);
    noted(echo(&mut tape, INPUT.take())).await;
}

async fn echo(tape: &mut Tape, input: &mut [u8]) {
    while let Ok(count @ 1..) = tape.read(input).await {
        if tape.write(&input[..count]).await.is_err() || tape.flush().await.is_err() {
            break;
        }
    }
}

#[entry]
fn main() -> ! {
    drive(pin!(connection()))
}
