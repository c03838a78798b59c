//! Look-ups of fields, with an index, without one and by a plain scan, in the heads of all corpora and in random ones.
//!
//! Invariant: every look-up finds what a plain scan of all fields finds.

#[path = "../bench/parser/src/heads.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with bench-parser, which prints the names")]
mod heads;

use std::fs;
use std::path::Path;

use bantam::wire::{HeadParser, Headers, request_head, response_head};
use bantam_tests::malformed;

/// Names that heads have, or may seem to have.
const NAMES: [&str; 25] = [
    "",
    ":",
    " ",
    "\t",
    "\r\n",
    "a",
    "A",
    "x",
    "b",
    "host",
    "Host",
    "HOST",
    "cookie",
    "accept",
    "Accept-Encoding",
    "content-type",
    "content-length",
    "connection",
    "x-forwarded-for",
    "if-modified-since",
    " host",
    "host ",
    "host:",
    "ho\rt",
    "a: b\r\nc",
];

/// Compares the look-ups of names, and of names of the head in other spellings.
fn compare(headers: &Headers<'_>, head: &[u8]) {
    let own = headers.iter().map(|field| str::from_utf8(field.name).expect("ASCII").to_owned());
    let own: Vec<_> = own.collect();
    let spellings = own.iter().flat_map(|name| {
        // The `^` of a name is no other case of `~`, and a hyphen is none of CR.
        let flipped = name.bytes().map(|byte| byte ^ 0x20).filter(u8::is_ascii).collect();
        let flipped = String::from_utf8(flipped).expect("ASCII");
        [
            name.clone(),
            name.to_ascii_uppercase(),
            name.to_ascii_lowercase(),
            flipped,
            format!("{name}x"),
            name[1..].to_owned(),
        ]
    });
    for name in NAMES.map(str::to_owned).into_iter().chain(spellings) {
        let plain = headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        let plain: Vec<_> = plain.map(|field| field.value).collect();
        let found: Vec<_> = headers.all(&name).collect();
        assert_eq!(found, plain, "{name:?} in {}", head.escape_ascii());
        assert_eq!(headers.first(&name), plain.first().copied(), "{name:?} in {}", head.escape_ascii());
    }
}

/// Looks fields up in every head at the front of `bytes`: parsed whole, in pieces, without an index, and as a response. Returns how
/// many of these were heads.
fn look_up(bytes: &[u8]) -> usize {
    let mut heads = 0;
    for piece in [usize::MAX, 1] {
        let (mut parser, mut end) = (HeadParser::request(), 0);
        while end < bytes.len() {
            end = end.saturating_add(piece).min(bytes.len());
            match parser.advance(&bytes[..end]) {
                Ok(None) => continue,
                Ok(Some(_)) => {
                    if let Ok(head) = parser.request_head(bytes) {
                        compare(&head.headers, bytes);
                        heads += 1;
                    }
                }
                Err(_) => {}
            }
            break;
        }
    }
    if let Ok((_, head)) = request_head(bytes) {
        compare(&head.headers, bytes);
        heads += 1;
    }
    if let Ok((_, head)) = response_head(bytes) {
        compare(&head.headers, bytes);
        heads += 1;
    }
    heads
}

#[test]
fn a_field_of_every_malformed_case_is_found_if_its_head_is_sound() {
    let heads: usize = malformed::all().iter().map(|case| look_up(&case.wire())).sum();
    assert!(heads > 1000, "{heads}");
}

#[test]
fn a_field_of_every_measured_head_is_found() {
    for head in &heads::HEADS {
        assert_eq!(look_up(head.bytes), 3, "{}", head.name);
    }
}

#[test]
fn a_field_of_every_seed_of_the_fuzz_targets_is_found() {
    let mut heads = 0;
    for folder in ["request_head", "response_head", "session"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/fuzz/seeds").join(folder);
        for seed in fs::read_dir(folder).expect("seeds") {
            let bytes = fs::read(seed.expect("a seed").path()).expect("bytes");
            // The target takes two bytes for the sizes of its pieces.
            heads += look_up(&bytes) + look_up(bytes.get(2..).unwrap_or(&[]));
        }
    }
    assert!(heads > 4, "{heads}");
}

/// A random number below a limit (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    /// A name of a few letters, so that names repeat, collide, and differ in their middle or their case alone.
    fn name(&mut self) -> String {
        let length = 1 + self.below(20);
        let letters = ["a", "b", "A", "B", "-", "^", "~", "9", "_"];
        (0..length).map(|_| self.one_of(&letters[..2 + length % 8])).collect()
    }

    fn head(&mut self, fields: usize) -> String {
        let values =
            ["", " ", "a", " b: c", "\t d \t", "\u{e9}", "a\tb", "a value of more than sixteen bytes", ":"];
        let lines = (0..fields).map(|_| format!("{}:{}\r\n", self.name(), self.one_of(&values)));
        let lines: String = lines.collect();
        format!(
            "GET / HTTP/1.1\r\n{}{lines}\r\n",
            if fields.is_multiple_of(2) { "Host: a\r\n" } else { "x:\r\nhost:a\r\n" }
        )
    }
}

#[test]
fn a_field_of_every_random_head_is_found() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for fields in (0..400).chain([1000]) {
        let head = random.head(if fields < 400 { fields % 70 } else { fields });
        assert_eq!(look_up(head.as_bytes()), 3, "{head:?}");
    }
}

#[test]
fn a_field_of_a_head_of_any_length_is_found() {
    // Around the longest head whose index is used, and the offsets that an index could mistake for smaller ones.
    for length in [
        30_000, 32_700, 32_766, 32_767, 32_768, 32_769, 33_000, 65_500, 65_535, 65_536, 65_537, 70_000,
        140_000,
    ] {
        let before = "Host: a\r\nb: first\r\n";
        let padding = "p".repeat(length - before.len() - "x: \r\n".len());
        let text = format!("GET / HTTP/1.1\r\n{before}x: {padding}\r\nc: behind\r\nB: second\r\n\r\n");
        assert_eq!(look_up(text.as_bytes()), 3, "{length}");
        let mut parser = HeadParser::request();
        assert!(parser.advance(text.as_bytes()).is_ok());
        let head = parser.request_head(text.as_bytes()).expect("a head");
        assert_eq!(head.headers.first("C"), Some(&b"behind"[..]), "{length}");
        assert_eq!(head.headers.first("d"), None, "{length}");
        assert!(head.headers.all("b").eq([&b"first"[..], b"second"]), "{length}");
    }
}

#[test]
fn a_folded_line_of_a_response_is_no_field() {
    let text = b"HTTP/1.1 200 OK\na: b\r\n c: d\r\n : e\r\nf \t: g\nc:\r\n\thost: h\n\r\n";
    let (_, head) = response_head(text).expect("a head");
    assert_eq!(head.headers.first("host"), None);
    assert_eq!(head.headers.first("c"), Some(&b"host: h"[..]));
    assert_eq!(head.headers.first("F"), Some(&b"g"[..]));
    assert_eq!(head.headers.first(""), None);
    assert_eq!(look_up(text), 1);
}
