//! The trailer section of a chunked body, RFC 9112 section 7.1.2.
//!
//! Invariant: trailer fields are read by the rules that [`ChunkDecoder`] skips them by.

use crate::slice::split_at;
use crate::wire::body::chunk::ChunkDecoder;
use crate::wire::body::state::ChunkState;
use crate::wire::fields::headers::Headers;
use crate::wire::grammar::{ParseResult, error};

/// The trailer section behind the last chunk of a body, RFC 9112 section 7.1.2, with the empty line that ends it, as a nom
/// parser (of the *streaming* kind). Up to [`ChunkDecoder::MAX_OVERHEAD`] bytes. The fields must not be merged into the
/// head: they say nothing about framing, routing or the client (RFC 9110 section 6.5.1).
///
/// ```
/// use bantam::wire::{ChunkDecoder, trailers};
///
/// let (mut decoder, mut input) = (ChunkDecoder::new(), &b"2\r\nhi\r\n0\r\nDigest: x\r\n\r\nGET"[..]);
/// while !decoder.is_before_trailers() {
///     assert!(!input.is_empty(), "a program reads here, and fails at the end of the stream");
///     input = &input[decoder.decode(input)?.used..];
/// }
/// let (rest, fields) = trailers(input).expect("complete");
/// assert_eq!((fields.first("digest"), rest), (Some(&b"x"[..]), &b"GET"[..]));
/// # Ok::<(), bantam::Rejection>(())
/// ```
///
/// # Errors
/// `Incomplete` if more bytes are needed; [`Rejection::BadField`](crate::Rejection::BadField) and
/// [`Rejection::ChunkOverhead`](crate::Rejection::ChunkOverhead), with the place.
pub fn trailers(input: &[u8]) -> ParseResult<'_, Headers<'_>> {
    read_with::<false>(input)
}

/// Like [`trailers`], of a response: lines may be folded or end in LF alone, and white space may stand before a colon
/// ([`unfold`](crate::wire::unfold) works here, too).
///
/// # Errors
/// Those of [`trailers`].
pub fn response_trailers(input: &[u8]) -> ParseResult<'_, Headers<'_>> {
    read_with::<true>(input)
}

fn read_with<const RESPONSE: bool>(input: &[u8]) -> ParseResult<'_, Headers<'_>> {
    let mut decoder = ChunkDecoder::<RESPONSE>::START;
    decoder.state = ChunkState::Trailer;
    let mut rest = input;
    while let Some((&byte, tail)) = rest.split_first() {
        match decoder.step_byte(decoder.state, byte) {
            // The empty line at their end is no field.
            Ok(ChunkState::Done) => {
                return Ok((tail, Headers::new(split_at(input, input.len() - tail.len()).0)));
            }
            Ok(state) => decoder.state = state,
            Err(rejection) => return error(rest, rejection),
        }
        rest = tail;
    }
    Err(nom::Err::Incomplete(nom::Needed::Unknown))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::error::Rejection;
    use crate::wire::ParseError;

    /// The fields, and the bytes behind them.
    type Pairs<'a> = Vec<(&'a [u8], &'a [u8])>;

    fn read(input: &[u8]) -> (Pairs<'_>, &[u8]) {
        let (rest, fields) = trailers(input).expect("whole");
        (fields.iter().map(|field| (field.name, field.value)).collect(), rest)
    }

    #[test]
    fn they_follow_the_last_chunk_however_it_is_split() {
        let body = b"1\r\nx\r\n0;a=b\r\nA: b\r\nC:\r\n\r\nX: y\r\n";
        for piece in 1..=body.len() {
            let (mut decoder, mut at) = (ChunkDecoder::new(), 0);
            while !decoder.is_before_trailers() {
                at += decoder.decode(&body[at..body.len().min(at + piece)]).unwrap().used;
            }
            assert_eq!(
                read(&body[at..]),
                (Vec::from([(&b"A"[..], &b"b"[..]), (b"C", b"")]), &b"X: y\r\n"[..])
            );
            // `decode` drops them.
            while !decoder.is_done() {
                at += decoder.decode(&body[at..body.len().min(at + piece)]).unwrap().used;
            }
            assert_eq!(&body[at..], b"X: y\r\n");
        }
    }

    #[test]
    fn those_of_a_response_may_be_folded_and_end_in_lf_alone() {
        let section = b"A : b\r\n c\nD:\n\nrest";
        assert!(trailers(section).is_err());
        let (rest, fields) = response_trailers(section).expect("whole");
        let found: Vec<_> = fields.iter().map(|field| (field.name, field.value)).collect();
        assert_eq!((found, rest), (Vec::from([(&b"A"[..], &b"b\r\n c"[..]), (b"D", b"")]), &b"rest"[..]));
        for bad in [&b" a: b\r\n\r\n"[..], b"a b: c\r\n\r\n", b"a\r\n\r\n", b"a: b\r\r\n\r\n"] {
            assert!(
                response_trailers(bad).is_err_and(|error| !error.is_incomplete()),
                "{}",
                bad.escape_ascii()
            );
        }
    }

    #[test]
    fn there_may_be_none() {
        assert_eq!(read(b"\r\nx"), (Vec::new(), &b"x"[..]));
    }

    #[test]
    fn a_partial_section_is_incomplete_and_a_bad_byte_is_refused_at_its_place() {
        let whole = b"A: b\r\n\r\n";
        for length in 0..whole.len() {
            assert!(trailers(&whole[..length]).is_err_and(|error| error.is_incomplete()));
        }
        let expected = ParseError { rest: b" : b\r\n\r\n", rejection: Rejection::BadField };
        assert_eq!(trailers(b"A : b\r\n\r\n").unwrap_err(), nom::Err::Error(expected));
        let long = [&b"A:"[..], &[b'b'; 4096], b"\r\n\r\n"].concat();
        assert!(matches!(
            trailers(&long),
            Err(nom::Err::Error(ParseError { rejection: Rejection::ChunkOverhead, .. }))
        ));
    }
}
