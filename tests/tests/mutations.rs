//! Request heads with every byte replaced, removed or inserted, at every split.
//!
//! Invariant: the fast paths of the parser and its byte-by-byte path return the same result.

#[path = "../bench/parser/src/heads.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with bench-parser, which prints the names")]
mod heads;

use bantam::Rejection;
use bantam::wire::HeadParser;
use heads::HEADS;

/// One byte of every class of the grammar, and its neighbours.
const BYTES: [u8; 34] = *b"\0\x08\t\n\x0b\x0c\r\x0e\x1f !\"#%-/09:;<?@AZ[\\^`|~\x7f\x80\xff";

/// A subset for the long heads.
const FEW: [u8; 11] = *b"\0\t\n\r \":%a\x7f\x80";

/// A path and a query with characters that RFC 3986 escapes and clients do not.
const UNESCAPED: &[u8] = b"GET /a[1]?b=%&c[]={d|e} HTTP/1.1\r\nHost: a\r\n\r\n";

/// The end of the head, if it is complete; or offset and reason of the refusal.
type End = Result<Option<usize>, (usize, Rejection)>;

/// Parses a head in pieces that end at `ends` and at the end of the head.
fn parse_pieces(bytes: &[u8], ends: impl Iterator<Item = usize>) -> End {
    let mut parser = HeadParser::request();
    for end in ends.chain([bytes.len()]) {
        match parser.advance(&bytes[..end]) {
            Ok(None) => {}
            Ok(Some(end)) => {
                // Fields and target are evaluated when the head is complete.
                return parser.request_head(bytes).map(|_| Some(end)).map_err(|rejection| (end, rejection));
            }
            Err(rejection) => return Err((parser.offset(), rejection)),
        }
    }
    Ok(None)
}

/// Visits the head with one byte removed, inserted or replaced.
fn mutations(head: &[u8], bytes: &[u8], mut visit: impl FnMut(usize, &[u8])) {
    for at in 0..head.len() {
        let (front, rest) = head.split_at(at);
        visit(at, &[front, &rest[1..]].concat());
        for byte in bytes {
            visit(at, &[front, &[*byte], rest].concat());
            visit(at, &[front, &[*byte], &rest[1..]].concat());
        }
    }
}

#[test]
fn the_split_of_a_short_mutated_head_changes_no_result() {
    let all: Vec<u8> = (0..=255).collect();
    let mut ends = std::collections::BTreeMap::new();
    for (head, bytes) in [(HEADS[0].bytes, &all[..]), (UNESCAPED, &BYTES), (HEADS[1].bytes, &BYTES)] {
        mutations(head, bytes, |_, head| {
            let whole = parse_pieces(head, [].into_iter());
            assert_eq!(parse_pieces(head, 1..head.len()), whole, "byte by byte: {}", head.escape_ascii());
            for split in 0..head.len() {
                assert_eq!(
                    parse_pieces(head, [split].into_iter()),
                    whole,
                    "at {split}: {}",
                    head.escape_ascii()
                );
            }
            *ends
                .entry(format!("{:?}", whole.map(|end| end.is_some()).map_err(|(_, why)| why)))
                .or_insert(0) += 1;
        });
    }
    // Accepted, incomplete, and refused for every reason of a short head.
    assert!(ends.len() >= 8, "{ends:?}");
}

#[test]
fn the_split_of_a_long_mutated_head_changes_no_result() {
    for head in &HEADS[2..] {
        let mut places = 0;
        mutations(head.bytes, &FEW, |at, head| {
            let whole = parse_pieces(head, [].into_iter());
            for split in at.saturating_sub(2)..(at + 18).min(head.len()) {
                assert_eq!(
                    parse_pieces(head, [split].into_iter()),
                    whole,
                    "at {split}: {}",
                    head.escape_ascii()
                );
            }
            // The bytes before the mutation are the same in all heads, so the pieces begin shortly before it, at varying places.
            let from = at.saturating_sub(40 + at % 16);
            assert_eq!(parse_pieces(head, from..head.len()), whole, "from {from}: {}", head.escape_ascii());
            places += 1;
        });
        assert!(places > head.bytes.len() * 20);
    }
}
