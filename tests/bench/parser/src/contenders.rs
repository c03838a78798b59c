//! The compared functions.
//!
//! Invariant: bantam is measured by the calls of `bantam::serve`, and every parser gets the same input.

use std::hint::black_box;
use std::mem::MaybeUninit;

use bantam::wire::{ChunkDecoder, HeadParser, Query, RequestHead};

use crate::heads::HEADS;
use crate::{pico, requests};

/// A function to be measured.
pub type Work = Box<dyn Fn()>;

/// One comparison.
pub struct Case {
    /// The title in the table.
    pub name: String,
    /// bantam.
    pub ours: Work,
    /// httparse, or form_urlencoded; `None` where it would parse the input again at every byte.
    pub theirs: Option<Work>,
    /// picohttpparser.
    pub pico: Option<Work>,
}

/// All comparisons.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for head in &HEADS {
        cases.push(Case {
            name: head.name.into(),
            ours: Box::new(|| {
                with_head(black_box(head.bytes), |head| {
                    black_box(head);
                });
            }),
            theirs: Some(Box::new(|| {
                with_httparse(black_box(head.bytes), |head| {
                    black_box(head);
                });
            })),
            pico: Some(Box::new(|| {
                black_box(pico::request(black_box(head.bytes)));
            })),
        });
    }
    for head in &HEADS {
        // Cookie, the last of most heads, Content-Type, which is absent, and Accept-Encoding.
        cases.push(Case {
            name: format!("{}, and 3 look-ups", head.name),
            ours: Box::new(|| {
                with_head(black_box(head.bytes), |head| {
                    black_box(head.headers.first("cookie"));
                    black_box(head.headers.first("content-type"));
                    black_box(head.headers.first("accept-encoding"));
                });
            }),
            theirs: Some(Box::new(|| {
                with_httparse(black_box(head.bytes), |head| {
                    black_box(httparse_first(head, "cookie"));
                    black_box(httparse_first(head, "content-type"));
                    black_box(httparse_first(head, "accept-encoding"));
                });
            })),
            pico: None,
        });
    }
    // httparse has stored all fields, and bantam splits each line when it is read.
    let browser = &HEADS[3];
    cases.push(Case {
        name: format!("{}, and every field read", browser.name),
        ours: Box::new(|| {
            with_head(black_box(browser.bytes), |head| {
                for field in head.headers {
                    black_box(field);
                }
            });
        }),
        theirs: Some(Box::new(|| {
            with_httparse(black_box(browser.bytes), |head| {
                black_box(head);
            });
        })),
        pico: None,
    });
    let body = chunks();
    let same = body.clone();
    cases.push(Case {
        name: "64 KB in chunks of 100 B".into(),
        ours: Box::new(move || assert_eq!(bantam_chunks(black_box(&body)), LENGTH)),
        theirs: Some(Box::new(move || assert_eq!(httparse_chunks(black_box(&same)), LENGTH))),
        pico: None,
    });
    for (name, query) in [("query of 20 pairs, plain", PLAIN), ("query of 20 pairs, escaped", ESCAPED)] {
        cases.push(Case {
            name: name.into(),
            ours: Box::new(move || bantam_pairs(black_box(query))),
            theirs: Some(Box::new(move || urlencoded_pairs(black_box(query)))),
            pico: None,
        });
    }
    cases.push(Case {
        name: "1 KB of head, byte by byte".into(),
        ours: Box::new(|| bantam_drip(black_box(drip()))),
        theirs: None,
        pico: None,
    });
    cases.extend(requests::cases());
    cases
}

/// The calls of `serve`.
#[inline(always)]
fn with_head(bytes: &[u8], look: impl FnOnce(&RequestHead<'_>)) {
    let mut parser = HeadParser::request();
    assert_eq!(parser.advance(bytes), Ok(Some(bytes.len())));
    look(&parser.request_head(bytes).expect("a request"));
}

/// The fastest function of httparse.
#[inline(always)]
fn with_httparse(bytes: &[u8], look: impl FnOnce(&httparse::Request<'_, '_>)) {
    let mut fields = [const { MaybeUninit::uninit() }; 64];
    let mut request = httparse::Request::new(&mut []);
    let end = request.parse_with_uninit_headers(bytes, &mut fields);
    assert!(end.is_ok_and(|end| end.is_complete()));
    look(&request);
}

fn httparse_first<'h>(head: &httparse::Request<'_, 'h>, name: &str) -> Option<&'h [u8]> {
    head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

/// The length of the chunked body, in bytes.
const LENGTH: usize = 65_600;

fn chunks() -> Vec<u8> {
    let chunk = [&b"64\r\n"[..], &[b'x'; 100], b"\r\n"].concat();
    [&chunk.repeat(LENGTH / 100)[..], b"0\r\n\r\n"].concat()
}

fn bantam_chunks(mut body: &[u8]) -> usize {
    let (mut decoder, mut length) = (ChunkDecoder::new(), 0);
    while !decoder.is_done() {
        let step = decoder.decode(body).expect("chunks");
        length += black_box(step.data).len();
        body = &body[step.used..];
    }
    length
}

fn httparse_chunks(mut body: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let Ok(httparse::Status::Complete((begin, size))) = httparse::parse_chunk_size(body) else {
            panic!("chunks");
        };
        let data = &body[begin..begin + size as usize];
        if data.is_empty() {
            return length;
        }
        length += black_box(data).len();
        let end = &body[begin + size as usize..];
        assert!(end.starts_with(b"\r\n"));
        body = &end[2..];
    }
}

const PLAIN: &[u8] = b"category=garden&page=2&sort=price&view=tiles&from=10&to=250&brand=acme&colour=green\
&size=large&stock=yes&lang=en&country=gb&currency=eur&session=8f14e45fceea167a&ref=mail&campaign=autumn\
&id=4711&offset=40&limit=20&seen=no";
const ESCAPED: &[u8] = b"category=garden%26home&page=2%2F7&sort=price+up&view=tiles%21&from=10%2C5&to=250+%E2%82%AC\
&brand=acme+%26+co&colour=dark+green&size=x+large&stock=yes+please&lang=en%2Dgb&country=gb%2Fie&currency=%E2%82%AC\
&session=8f14+e45f&ref=mail%40home&campaign=autumn%20sale&id=47%2011&offset=4+0&limit=%32%30&seen=n%6f";

/// Every name and value as text, decoded if it is escaped.
fn bantam_pairs(query: &[u8]) {
    let mut memory = [0; 64];
    for (name, value) in Query::new(query) {
        black_box(name.text(&mut memory));
        black_box(value.text(&mut memory));
    }
}

fn urlencoded_pairs(query: &[u8]) {
    for pair in form_urlencoded::parse(query) {
        black_box(&*pair.0);
        black_box(&*pair.1);
    }
}

/// The first KB of the longest head, without its end.
fn drip() -> &'static [u8] {
    &HEADS[4].bytes[..1024]
}

fn bantam_drip(bytes: &[u8]) {
    let mut parser = HeadParser::request();
    for end in 1..=bytes.len() {
        assert_eq!(parser.advance(&bytes[..end]), Ok(None));
    }
}
