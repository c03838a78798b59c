//! Sections 12 and 13: compressed messages of five kinds of data, with seven offers. A case has the 1,000 messages of the original, or as many
//! as make 256 KB. The data is made here: of the same kinds, and compressed as well.

use crate::case::{BINARY, TEXT};

/// A case: what the client offers, and the messages that it sends.
pub(crate) struct Compressed {
    pub(crate) number: String,
    pub(crate) offer: &'static str,
    pub(crate) opcode: u8,
    pub(crate) messages: Vec<Vec<u8>>,
    /// The longest payload of a frame.
    pub(crate) fragment: usize,
}

/// The lengths of a message and of its frames: 0 for any.
const SIZES: [(usize, usize); 18] = [
    (16, 0),
    (64, 0),
    (256, 0),
    (1_024, 0),
    (4_096, 0),
    (8_192, 0),
    (16_384, 0),
    (32_768, 0),
    (65_536, 0),
    (131_072, 0),
    (8_192, 256),
    (16_384, 256),
    (32_768, 256),
    (65_536, 256),
    (131_072, 256),
    (131_072, 1_024),
    (131_072, 4_096),
    (131_072, 32_768),
];

/// The offer of Autobahn's client, which accepts what a server may ask of it.
const DEFAULT: &str = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

/// The offers of section 13. The original has 8 bits where here are 9: zlib has no such window, and makes one of 9 bits.
const OFFERS: [&str; 7] = [
    DEFAULT,
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_max_window_bits=9",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_max_window_bits=15",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=15",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9, \
     permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover, \
     permessage-deflate; client_no_context_takeover; client_max_window_bits",
];

pub(crate) fn cases() -> Vec<Compressed> {
    let kinds = [
        (TEXT, json()),
        (BINARY, bitmap()),
        (BINARY, prose().into_bytes()),
        (BINARY, document()),
        (TEXT, html()),
    ];
    let mut cases = Vec::new();
    for (at, (opcode, data)) in kinds.iter().enumerate() {
        cases.extend(section(&format!("12.{}", at + 1), DEFAULT, *opcode, data));
    }
    for (at, offer) in OFFERS.into_iter().enumerate() {
        cases.extend(section(&format!("13.{}", at + 1), offer, TEXT, &kinds[0].1));
    }
    cases
}

fn section(number: &str, offer: &'static str, opcode: u8, data: &[u8]) -> Vec<Compressed> {
    let case = |(at, (size, fragment)): (usize, (usize, usize))| {
        let count = (256 * 1024 / size).clamp(2, 1000);
        let messages = (0..count).map(|message| cut(data, message * size, size)).collect();
        let fragment = if fragment == 0 { usize::MAX } else { fragment };
        Compressed { number: format!("{number}.{}", at + 1), offer, opcode, messages, fragment }
    };
    SIZES.into_iter().enumerate().map(case).collect()
}

/// `size` bytes of the data, which repeats.
fn cut(data: &[u8], from: usize, size: usize) -> Vec<u8> {
    data.iter().cycle().skip(from % data.len()).take(size).copied().collect()
}

/// Numbers that are the same in every run.
pub(crate) fn numbers() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(12_345_u32), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    })
    .map(|number| number >> 8)
}

fn json() -> Vec<u8> {
    let rows = numbers().take(2_000).enumerate().map(|(id, number)| {
        format!(
            "{{\"id\":{id},\"name\":\"product {number}\",\"price\":{}.{:02},\"tags\":[\"garden\",\"sale\"]}}",
            number % 1000,
            number % 97
        )
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(",")).into_bytes()
}

fn html() -> Vec<u8> {
    let rows = numbers().take(3_000).map(|number| {
        format!(
            "<tr class=\"row\"><td><a href=\"/item/{number}\">item {number}</a></td><td>{}</td></tr>\n",
            number % 77
        )
    });
    format!("<!DOCTYPE html><title>Items</title><table>{}</table>", rows.collect::<String>()).into_bytes()
}

/// Text of a person: that of the documents here.
fn prose() -> String {
    [include_str!("../../../ARCHITECTURE.md"), include_str!("../../../CHANGELOG.md")].concat()
}

/// A smooth picture with noise, a byte for each pixel.
fn bitmap() -> Vec<u8> {
    let pixel = |(at, noise): (usize, u32)| ((at % 512) / 4 + (at / 512) / 4 + (noise % 8) as usize) as u8;
    numbers().take(512 * 512).enumerate().map(pixel).collect()
}

/// Text with parts that are compressed already, like a PDF.
fn document() -> Vec<u8> {
    let mut numbers = numbers();
    let mut document = Vec::new();
    for object in 0..60 {
        document.extend(format!("{object} 0 obj\n<< /Filter /FlateDecode /Length 4000 >>\nstream\n").bytes());
        document.extend(numbers.by_ref().take(4_000).map(|number| number as u8));
        document.extend(b"\nendstream\nendobj\n");
    }
    document
}
