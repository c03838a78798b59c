//! Law: a head means the same in one piece and byte by byte, and is refused no later in pieces than in one.

#![no_main]

use bantam::wire::{HeadParser, request_head, response_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for start in [HeadParser::request(), HeadParser::response()] {
        let mut whole = start.clone();
        let at_once = whole.advance(data);
        let mut pieces = start;
        let mut dripped = Ok(None);
        for end in 1..=data.len() {
            dripped = pieces.advance(&data[..end]);
            if dripped != Ok(None) {
                break;
            }
        }
        assert_eq!(at_once, dripped);
        if !data.is_empty() {
            assert!(whole.offset() <= data.len());
        }
    }
    if let Ok((rest, head)) = request_head(data) {
        assert!(rest.len() < data.len());
        for header in head.headers {
            assert!(
                !header.name.is_empty() && !header.value.contains(&b'\n') && !header.value.contains(&b'\r')
            );
            assert!(head.headers.all(header.name).any(|value| value == header.value));
        }
        let _ = (head.host(), head.persists(), head.expects_continue(), head.offers_upgrade());
    }
    if let Ok((_, head)) = response_head(data) {
        let _ = (head.body(false), head.body(true), head.persists());
    }
});
