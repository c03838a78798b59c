//! Counts the instructions of bantam and httparse for a head on this processor. In QEMU every instruction takes 128 ns
//! (`-icount shift=7`) and the counter ticks every 80 ns: a count is exact to two instructions.

#![no_std]
#![no_main]

use core::hint::black_box;

use bantam::wire::HeadParser;
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{EXIT_SUCCESS, exit};
use footprint_images::measure::print;
use heads::HEADS;

#[path = "../../../../bench/parser/src/heads.rs"]
#[allow(dead_code, reason = "shared with bench-parser, which prints the names")]
mod heads;

/// Repetitions between two reads of the counter.
const TIMES: u32 = 16;

/// Parses a head, and looks three fields up if `LOOK_UP`: the last of most heads, one that is absent, and one in between.
fn by_bantam<const LOOK_UP: bool>(bytes: &[u8]) {
    let mut parser = HeadParser::request();
    assert!(parser.advance(bytes) == Ok(Some(bytes.len())));
    let head = parser.request_head(bytes);
    assert!(black_box(&head).is_ok());
    if let Ok(head) = head
        && LOOK_UP
    {
        black_box(head.headers.first("cookie"));
        black_box(head.headers.first("content-type"));
        black_box(head.headers.first("accept-encoding"));
    }
}

/// The same by httparse, with linear searches in its array.
fn by_httparse<const LOOK_UP: bool>(bytes: &[u8]) {
    let mut fields = [const { core::mem::MaybeUninit::uninit() }; 40];
    let mut request = httparse::Request::new(&mut []);
    let end = request.parse_with_uninit_headers(bytes, &mut fields);
    assert!(end.is_ok_and(|end| end.is_complete()));
    black_box(&request);
    if LOOK_UP {
        let first = |name| {
            request
                .headers
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name))
                .map(|field| field.value)
        };
        black_box(first("cookie"));
        black_box(first("content-type"));
        black_box(first("accept-encoding"));
    }
}

/// The instructions of one repetition.
fn count(work: impl Fn(&[u8]), bytes: &[u8]) -> u32 {
    let begin = SYST::get_current();
    for _ in 0..TIMES {
        work(black_box(bytes));
    }
    // It counts down, in 24 bits; 80 ns are five eighths of an instruction.
    let ticks = begin.wrapping_sub(SYST::get_current()) & 0x00ff_ffff;
    ticks / 8 * 5 / TIMES
}

#[entry]
fn main() -> ! {
    if let Some(peripherals) = Peripherals::take() {
        let mut counter = peripherals.SYST;
        counter.set_clock_source(SystClkSource::Core);
        counter.set_reload(0x00ff_ffff);
        counter.clear_current();
        counter.enable_counter();
        for head in &HEADS {
            print(b"\nBYTES ", head.bytes.len() as u32);
            print(b" BANTAM ", count(by_bantam::<false>, head.bytes));
            print(b" HTTPARSE ", count(by_httparse::<false>, head.bytes));
            print(b" FOUND ", count(by_bantam::<true>, head.bytes));
            print(b" SEARCHED ", count(by_httparse::<true>, head.bytes));
        }
    }
    loop {
        exit(EXIT_SUCCESS);
    }
}
