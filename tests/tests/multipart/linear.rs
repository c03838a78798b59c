//! Hostile bodies in linear time: twice the bytes take twice the work, however much they look like boundaries.
//!
//! Invariant: the work for a byte has a bound that depends on nothing.

use std::process::Command;

use bantam::wire::{Boundary, MultipartDecoder, MultipartEvent};

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

const UNITS: [&[u8]; 7] =
    [b"\r", b"\r\n", b"\r\n-", b"\r\n--xxxxxxxxxxxxxxxxxxx", b"\r\n--xxxxxxxxxxxxxxxxxxxx", b"-x", b"x"];

#[test]
fn near_boundaries_need_a_bounded_number_of_calls_a_byte() {
    for unit in UNITS {
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

/// The length of the bodies, for the process that is counted.
const LENGTH: &str = "BANTAM_BODY_LENGTH";

/// The data of a body, decoded in pieces.
fn data(body: &[u8], piece: usize) -> usize {
    let mut decoder = MultipartDecoder::new(Boundary::new(b"xxxxxxxxxxxxxxxxxxxy").expect("valid"));
    let (mut rest, mut data) = (body, 0);
    while !rest.is_empty() {
        let step = decoder.decode(&rest[..piece.min(rest.len())]).expect("valid");
        if let MultipartEvent::Data(bytes) = step.event {
            data += bytes.len();
        }
        rest = &rest[step.used..];
    }
    data
}

#[test]
fn the_data_of_near_boundaries_is_what_was_sent() {
    let length = std::env::var(LENGTH).map_or(1000, |length| length.parse().expect("a number"));
    for unit in UNITS {
        let body = hostile(unit, length);
        for piece in [25, 512, body.len()] {
            // What may be the start of a delimiter is not yet data.
            assert!((length.saturating_sub(23)..=length).contains(&data(&body, piece)), "{piece}");
        }
    }
}

/// The instructions of the test above with bodies of this length.
fn instructions(length: usize) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "linear::the_data_of_near_boundaries_is_what_was_sent", "--test-threads=1"])
        .env(LENGTH, length.to_string())
        .output()
        .expect("valgrind runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let counted = text.lines().find_map(|line| line.split("Collected :").nth(1));
    counted.and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("no count in {text}"))
}

#[test]
#[ignore = "needs valgrind: tests/run installs it"]
fn the_instructions_for_a_byte_do_not_grow_with_the_body() {
    let nothing = instructions(0);
    let lengths = [4096, 32_768, 262_144, 1 << 20];
    let costs = lengths.map(|length| (instructions(length) - nothing) as f64 / length as f64);
    println!("instructions for a byte of {lengths:?} bytes, of all bodies and splits: {costs:.1?}");
    for cost in costs {
        assert!((0.9..1.1).contains(&(cost / costs[0])), "{costs:?}");
    }
}
