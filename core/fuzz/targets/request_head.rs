//! Fuzz target: the head parser, RFC 9112 sections 2 to 5.
//!
//! Invariant: the result is the same at every split, and a head is refused no later in pieces than in one.

#![no_main]

use bantam::Rejection;
use bantam::wire::{HeadParser, Headers, Method, ResponseHeadParser, request_head, response_head};
use libfuzzer_sys::fuzz_target;

/// The result of the last call, and its offset.
type Parsed = (Result<Option<usize>, Rejection>, usize);

/// Parses in pieces of these sizes in turn, up to the first end or rejection.
fn parse(data: &[u8], pieces: &[usize], mut advance: impl FnMut(&[u8]) -> Parsed) -> Parsed {
    let (mut parsed, mut end) = ((Ok(None), 0), 0);
    for piece in pieces.iter().cycle() {
        if end == data.len() || parsed.0 != Ok(None) {
            break;
        }
        end = end.saturating_add(*piece).min(data.len());
        parsed = advance(&data[..end]);
        assert!(parsed.1 <= end);
    }
    parsed
}

fn request(data: &[u8], pieces: &[usize]) -> Parsed {
    let mut parser = HeadParser::request();
    parse(data, pieces, |front| (parser.advance(front), parser.offset()))
}

fn response(data: &[u8], pieces: &[usize]) -> Parsed {
    let mut parser = ResponseHeadParser::new();
    parse(data, pieces, |front| (parser.advance(front), parser.offset()))
}

/// Every look-up of a name of the head finds what a scan of all fields finds, with an index and without one.
fn look_up(data: &[u8], headers: &Headers<'_>) {
    let mut parser = HeadParser::request();
    assert!(parser.advance(data).is_ok());
    let indexed = parser.request_head(data).expect("a head").headers;
    for name in headers.iter().map(|header| header.name).chain([&b"host"[..], b"a"]) {
        let text = std::str::from_utf8(name).expect("ASCII");
        let scanned = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        let scanned: Vec<_> = scanned.map(|header| header.value).collect();
        for headers in [headers, &indexed] {
            assert!(headers.all(text).eq(scanned.iter().copied()), "{text}");
            assert_eq!(headers.first(text), scanned.first().copied(), "{text}");
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [odd, even, data @ ..] = data else { return };
    for parse in [request, response] {
        let (whole, offset) = parse(data, &[usize::MAX]);
        for pieces in [&[1][..], &[1 + usize::from(*odd), 1 + usize::from(*even)]] {
            let (in_pieces, its_offset) = parse(data, pieces);
            assert_eq!(whole, in_pieces);
            // The offset in a partial head is not specified.
            assert!(whole == Ok(None) || offset == its_offset);
        }
    }
    let (result, _) = request(data, &[usize::MAX]);
    // Rules beyond the grammar, such as those of the target, are checked in a complete head.
    match request_head(data) {
        Ok((rest, _)) => assert_eq!(result, Ok(Some(data.len() - rest.len()))),
        Err(nom::Err::Incomplete(_)) => assert_eq!(result, Ok(None)),
        Err(nom::Err::Error(_) | nom::Err::Failure(_)) => assert_ne!(result, Ok(None)),
    }
    if let Ok((rest, head)) = request_head(data) {
        assert!(rest.len() < data.len());
        for header in head.headers {
            assert!(
                !header.name.is_empty() && !header.value.contains(&b'\n') && !header.value.contains(&b'\r')
            );
        }
        look_up(data, &head.headers);
        let _ = (head.host(), head.persists(), head.expects_continue(), head.offers_upgrade());
    }
    if let Ok((_, head)) = response_head(data) {
        let _ = (head.body_after(Method::Get), head.body_after(Method::Head), head.persists());
    }
});
