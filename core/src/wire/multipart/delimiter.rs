//! The search for a delimiter, CR LF `--` boundary (RFC 2046 section 5.1.1), in bytes that come in parts.
//!
//! Invariant: every byte before the delimiter is found once and in order, at every split.

use crate::slice::split_at;
use crate::wire::scan::FAST;

/// What stands between data and a boundary.
const FRONT: &[u8] = b"\r\n--";

/// Where the bytes are that [`Search::next`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// At the front of the input.
    InInput,
    /// In [`Search::held`]: they were consumed before, because they looked like a delimiter.
    Held,
}

/// The search for one delimiter. The CR at its front is the only one in it, so that bytes which turn out not to be one are searched
/// again from their end: no byte is compared more than twice.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// The bytes of the delimiter that have been consumed.
    matched: u8,
    /// Those of them, at the front, that are not data even if no delimiter follows.
    passed: u8,
}

impl Search {
    /// A search at the start of a line: its CR LF is that of a delimiter, and no data.
    pub(crate) const AT_LINE: Self = Self { matched: 2, passed: 2 };

    /// Searches `input`. Returns where data has been found, how many bytes, and how many of the input are consumed: the start of a
    /// delimiter follows the data. It is complete if [`Self::is_complete`] is true then.
    // Inlined it costs 100 bytes of flash.
    #[inline(never)]
    pub(crate) fn next(&mut self, boundary: &[u8], input: &[u8]) -> (Found, usize, usize) {
        let mut from = 0;
        if self.matched > 0 {
            let matched = usize::from(self.matched);
            let more = common(boundary, matched, input);
            self.matched += more as u8;
            if self.is_complete(boundary) || more == input.len() {
                return (Found::InInput, 0, more);
            }
            self.matched = matched as u8;
            let held = part(boundary, self.passed.into(), matched).len();
            if held > 0 {
                self.passed += held as u8;
                return (Found::Held, held, 0);
            }
            self.passed = 0;
            from = more;
        }
        loop {
            let data = from + before_cr(split_at(input, from).1);
            let rest = split_at(input, data).1;
            let more = common(boundary, 0, rest);
            from = data + more;
            self.matched = more as u8;
            if self.is_complete(boundary) || from == input.len() {
                return (Found::InInput, data, from);
            }
        }
    }

    /// The last `length` bytes that are [`Found::Held`].
    pub(crate) fn held<'b>(&self, boundary: &'b [u8], length: usize) -> &'b [u8] {
        let passed = usize::from(self.passed);
        part(boundary, passed.saturating_sub(length), passed)
    }

    /// Returns true if all of the delimiter has been consumed.
    pub(crate) const fn is_complete(&self, boundary: &[u8]) -> bool {
        self.matched as usize == FRONT.len() + boundary.len()
    }
}

/// How many bytes at the front of `input` are those of the delimiter behind its first `matched` ones.
fn common(boundary: &[u8], matched: usize, input: &[u8]) -> usize {
    let mut count = 0;
    while let Some(byte) = input.get(count)
        && part(boundary, matched + count, usize::MAX).first() == Some(byte)
    {
        count += 1;
    }
    count
}

/// The bytes of the delimiter from `from` to `to`, or the first of them: those of one slice.
fn part(boundary: &[u8], from: usize, to: usize) -> &[u8] {
    let (slice, start) = if from < FRONT.len() { (FRONT, 0) } else { (boundary, FRONT.len()) };
    slice.get(from - start..slice.len().min(to - start)).unwrap_or(&[])
}

/// The number of bytes before the first CR.
#[inline(always)]
fn before_cr(input: &[u8]) -> usize {
    let mut rest = input;
    if FAST {
        while let Some((block, tail)) = rest.split_first_chunk::<32>() {
            if block.iter().fold(false, |any, byte| any | (*byte == b'\r')) {
                break;
            }
            rest = tail;
        }
    }
    while let [byte, tail @ ..] = rest {
        if *byte == b'\r' {
            break;
        }
        rest = tail;
    }
    input.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// The bytes before the delimiter, and those behind it; `None` if there is none.
    fn search(boundary: &[u8], mut input: &[u8], piece: usize, at_line: bool) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut search = if at_line { Search::AT_LINE } else { Search { matched: 0, passed: 0 } };
        let mut data = Vec::new();
        while !search.is_complete(boundary) {
            if input.is_empty() {
                return None;
            }
            let part = &input[..piece.min(input.len())];
            let (found, length, used) = search.next(boundary, part);
            match found {
                Found::InInput => {
                    assert!(used > 0 && length <= used);
                    data.extend_from_slice(&part[..length]);
                }
                Found::Held => {
                    assert!(used == 0 && length > 0);
                    data.extend_from_slice(search.held(boundary, length));
                }
            }
            input = &input[used..];
        }
        Some((data, input.to_vec()))
    }

    #[test]
    fn what_nearly_is_a_delimiter_is_data_at_every_split() {
        for data in [
            &b""[..],
            b"x",
            b"\r",
            b"\n",
            b"\r\n",
            b"\r\n-",
            b"\r\r\n--",
            b"\r\n--a\r\n--a-\r\n--ab\r\n-\r",
            b"\r\n\r\n--\r\n--a-a-",
            b"--a-b",
            b"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\r\n--a-a0123456789",
        ] {
            let input = [data, b"\r\n--a-b--rest"].concat();
            for piece in 1..=input.len() {
                let expected = Some((data.to_vec(), b"--rest".to_vec()));
                assert_eq!(search(b"a-b", &input, piece, false), expected, "{piece} {}", data.escape_ascii());
            }
        }
    }

    #[test]
    fn a_delimiter_at_the_start_of_a_line_needs_no_line_end() {
        for piece in 1..9 {
            assert_eq!(search(b"a-b", b"--a-b-", piece, true), Some((Vec::new(), b"-".to_vec())));
            let expected = Some((b"--a-".to_vec(), b"\r\n".to_vec()));
            assert_eq!(search(b"a-b", b"--a-\r\n--a-b\r\n", piece, true), expected);
            let expected = Some((b"\r\n--a-".to_vec(), b"\r\n".to_vec()));
            assert_eq!(search(b"a-b", b"\r\n--a-\r\n--a-b\r\n", piece, true), expected, "{piece}");
        }
    }

    #[test]
    fn a_delimiter_that_follows_an_empty_line_takes_its_end() {
        assert_eq!(search(b"a", b"\r\n--a", 1, true), Some((Vec::new(), Vec::new())));
    }
}
