//! Hostile bodies in linear time: twice the bytes take twice the work, however much they look like boundaries.
//!
//! Invariant: the work for a byte has a bound that depends on nothing.

use bantam::wire::{Boundary, MultipartDecoder};

/// A body of `length` bytes of data that are made of `unit`.
fn hostile(unit: &[u8], length: usize) -> Vec<u8> {
    let data: Vec<u8> = unit.iter().copied().cycle().take(length).collect();
    [b"--xxxxxxxxxxxxxxxxxxxy\r\nContent-Disposition: form-data; name=a\r\n\r\n", &data[..]].concat()
}

/// The number of calls that decode the body, if each is given all that is left but at most `piece` bytes.
fn calls(body: &[u8], piece: usize) -> usize {
    let mut decoder = MultipartDecoder::new(Boundary::new(b"xxxxxxxxxxxxxxxxxxxy").expect("valid"));
    let (mut rest, mut calls) = (body, 0);
    while !rest.is_empty() {
        rest = &rest[decoder.decode(&rest[..piece.min(rest.len())]).expect("valid").used..];
        calls += 1;
    }
    calls
}

#[test]
fn near_boundaries_need_a_bounded_number_of_calls_a_byte() {
    for unit in
        [&b"\r"[..], b"\r\n", b"\r\n-", b"\r\n--xxxxxxxxxxxxxxxxxxx", b"\r\n--xxxxxxxxxxxxxxxxxxxx", b"-x"]
    {
        for piece in [1, 2, 3, 23, 24, 25, 64] {
            let body = hostile(unit, 10_000);
            // What is held goes in two pieces, of the front and of the boundary.
            let most = 3 * (body.len() / piece + 1) + 10;
            let calls = calls(&body, piece);
            assert!(
                calls <= most,
                "{calls} calls for {} bytes, {} by {piece}",
                body.len(),
                unit.escape_ascii()
            );
        }
    }
}
