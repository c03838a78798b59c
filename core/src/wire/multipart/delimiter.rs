//! The search for a delimiter, CR LF `--` boundary (RFC 2046 section 5.1.1), in bytes that come in parts.
//!
//! Invariant: every byte before the delimiter is found once and in order, at every split.

use crate::slice::split_at;
use crate::wire::multipart::decode::MultipartDecoder;
use crate::wire::scan::FAST;

/// What stands between data and a boundary.
const FRONT: &[u8] = b"\r\n--";

/// The search for one delimiter. The CR at its front is the only one in it, so that bytes which turn out not to be one are searched
/// again from their end: no byte is compared more than twice.
impl<'b> MultipartDecoder<'b> {
    /// Begins the search at the start of a line: its CR LF is that of a delimiter, and no data.
    pub(super) const fn restart_search(&mut self) {
        (self.matched, self.passed) = (2, 2);
    }

    /// Searches `input`, which is not empty. Returns how many bytes of data have been found, and how many of the input are consumed. If these
    /// are 0 the data is that of `held`: it was consumed before, because it looked like a delimiter. Otherwise it is at the front of the
    /// input, and the start of a delimiter may follow it, which is complete if [`Self::delimiter_is_complete`] is true then.
    // Inlined it costs 100 bytes of flash.
    #[inline(never)]
    pub(super) fn search(&mut self, input: &[u8]) -> (usize, usize) {
        let mut data = 0;
        loop {
            let matched = self.matched;
            let used = data + self.follow(split_at(input, data).1);
            if self.delimiter_is_complete() || used == input.len() {
                return (data, used);
            }
            if matched > self.passed {
                let held = self.part(self.passed, matched).len();
                self.matched = matched;
                self.passed += held as u8;
                return (held, 0);
            }
            (self.matched, self.passed) = (0, 0);
            data = used + before_cr(split_at(input, used).1);
        }
    }

    /// Consumes the bytes at the front of `input` that are the next ones of the delimiter. Returns how many.
    fn follow(&mut self, input: &[u8]) -> usize {
        let mut rest = input;
        while let [byte, tail @ ..] = rest
            && self.part(self.matched, u8::MAX).first() == Some(byte)
        {
            self.matched += 1;
            rest = tail;
        }
        input.len() - rest.len()
    }

    /// The data that was consumed before, after [`MultipartPiece::Held`](super::decode::MultipartPiece).
    pub(crate) fn held(&self) -> &'b [u8] {
        self.part(self.passed.saturating_sub(self.length as u8), self.passed)
    }

    /// Returns true if all of the delimiter has been consumed.
    pub(super) const fn delimiter_is_complete(&self) -> bool {
        self.matched as usize == FRONT.len() + self.boundary.len()
    }

    /// The bytes of the delimiter from `from` to `to`, or the first of them: those of one slice.
    fn part(&self, from: u8, to: u8) -> &'b [u8] {
        let (from, to) = (usize::from(from), usize::from(to));
        let (slice, start) = if from < FRONT.len() { (FRONT, 0) } else { (self.boundary, FRONT.len()) };
        slice.get(from - start..slice.len().min(to - start)).unwrap_or(&[])
    }
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
    use crate::wire::multipart::boundary::Boundary;

    /// The bytes before the delimiter, and those behind it; `None` if there is none.
    fn search(boundary: &[u8], mut input: &[u8], piece: usize, at_line: bool) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut search = MultipartDecoder::new(Boundary::new(boundary).expect("a boundary"));
        if !at_line {
            (search.matched, search.passed) = (0, 0);
        }
        let mut data = Vec::new();
        while !search.delimiter_is_complete() {
            if input.is_empty() {
                return None;
            }
            let part = &input[..piece.min(input.len())];
            let (length, used) = search.search(part);
            if used > 0 {
                assert!(length <= used);
                data.extend_from_slice(&part[..length]);
            } else {
                assert!(length > 0);
                search.length = length;
                data.extend_from_slice(search.held());
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
