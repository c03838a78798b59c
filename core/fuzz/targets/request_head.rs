//! Law: a head means the same in one piece and in any others, and is refused no later in pieces than in one.

#![no_main]

use bantam::Rejection;
use bantam::wire::{HeadParser, request_head, response_head};
use libfuzzer_sys::fuzz_target;

/// Parses in pieces of these sizes in turn, up to the first word on the whole: that word, and where it was said.
fn parse(mut parser: HeadParser, data: &[u8], pieces: &[usize]) -> (Result<Option<usize>, Rejection>, usize) {
    let (mut said, mut end) = (Ok(None), 0);
    for piece in pieces.iter().cycle() {
        if end == data.len() || said != Ok(None) {
            break;
        }
        end = end.saturating_add(*piece).min(data.len());
        said = parser.advance(&data[..end]);
    }
    assert!(parser.offset() <= end && parser.start_line(&data[..end]).len() <= end);
    (said, parser.offset())
}

fuzz_target!(|data: &[u8]| {
    let [odd, even, data @ ..] = data else { return };
    for parser in [HeadParser::request(), HeadParser::response()] {
        let (said, offset) = parse(parser.clone(), data, &[usize::MAX]);
        for pieces in [&[1][..], &[1 + usize::from(*odd), 1 + usize::from(*even)]] {
            let (in_pieces, its_offset) = parse(parser.clone(), data, pieces);
            assert_eq!(said, in_pieces);
            // While more may come, how far it has looked is its own affair.
            assert!(said == Ok(None) || offset == its_offset);
        }
    }
    let (said, _) = parse(HeadParser::request(), data, &[usize::MAX]);
    // What is beyond the head's grammar, its target for one, is looked at once it is whole.
    match request_head(data) {
        Ok((rest, _)) => assert_eq!(said, Ok(Some(data.len() - rest.len()))),
        Err(nom::Err::Incomplete(_)) => assert_eq!(said, Ok(None)),
        Err(nom::Err::Error(_) | nom::Err::Failure(_)) => assert_ne!(said, Ok(None)),
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
