//! Law: whatever one byte of a head is, how the head is cut changes nothing about what becomes of it: neither the fast ways of
//! the parser through what has come nor the slow one at its end can be told apart.

#[path = "../bench/parser/src/heads.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with bench-parser, which prints the names")]
mod heads;

use bantam::Rejection;
use bantam::wire::HeadParser;
use heads::HEADS;

/// One byte of every class that any element of a head tells from another, and its neighbours.
const BYTES: [u8; 28] = *b"\0\x08\t\n\x0b\x0c\r\x0e\x1f !\"%-/09:;?@AZ[`\x7f\x80\xff";

/// Fewer of them, for the long heads.
const FEW: [u8; 11] = *b"\0\t\n\r \":%a\x7f\x80";

/// Where it ends or goes on, or where and why it is refused.
type End = Result<Option<usize>, (usize, Rejection)>;

/// What becomes of a head that comes in these pieces; each ends at one of the places, the last at the end.
fn fed(bytes: &[u8], ends: impl Iterator<Item = usize>) -> End {
    let mut parser = HeadParser::request();
    for end in ends.chain([bytes.len()]) {
        match parser.advance(&bytes[..end]) {
            Ok(None) => {}
            Ok(Some(end)) => {
                // What the fields and the target come to is decided when all of it is there.
                return parser.request_head(bytes).map(|_| Some(end)).map_err(|rejection| (end, rejection));
            }
            Err(rejection) => return Err((parser.offset(), rejection)),
        }
    }
    Ok(None)
}

/// Every head with one byte replaced, left out, or put in.
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
fn a_short_head_with_any_byte_anywhere_ends_the_same_at_every_split() {
    let all: Vec<u8> = (0..=255).collect();
    let mut ends = std::collections::BTreeMap::new();
    for (head, bytes) in [(HEADS[0].bytes, &all[..]), (HEADS[1].bytes, &BYTES)] {
        mutations(head, bytes, |_, head| {
            let whole = fed(head, [].into_iter());
            assert_eq!(fed(head, 1..head.len()), whole, "byte by byte: {}", head.escape_ascii());
            for split in 0..head.len() {
                assert_eq!(fed(head, [split].into_iter()), whole, "at {split}: {}", head.escape_ascii());
            }
            *ends
                .entry(format!("{:?}", whole.map(|end| end.is_some()).map_err(|(_, why)| why)))
                .or_insert(0) += 1;
        });
    }
    // Heads that are accepted, that go on, and that are refused for every reason that a short one can be.
    assert!(ends.len() >= 8, "{ends:?}");
}

#[test]
fn a_long_head_with_a_byte_of_every_class_anywhere_ends_the_same_around_it_and_byte_by_byte() {
    for head in &HEADS[2..] {
        let mut places = 0;
        mutations(head.bytes, &FEW, |at, head| {
            let whole = fed(head, [].into_iter());
            for split in at.saturating_sub(2)..(at + 18).min(head.len()) {
                assert_eq!(fed(head, [split].into_iter()), whole, "at {split}: {}", head.escape_ascii());
            }
            // The bytes in front are the same in all of them: from a while before it is enough, at one start after another.
            let from = at.saturating_sub(40 + at % 16);
            assert_eq!(fed(head, from..head.len()), whole, "from {from}: {}", head.escape_ascii());
            places += 1;
        });
        assert!(places > head.bytes.len() * 20);
    }
}
