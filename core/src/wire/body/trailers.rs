//! Law: trailer fields are read as strictly as they are skipped: by the same rules, one byte after the other.

use crate::wire::body::chunk::{At, ChunkDecoder};
use crate::wire::fields::headers::Headers;
use crate::wire::grammar::{ParseResult, cut, parse_error};

/// The trailer section behind the last chunk of a body, RFC 9112 section 7.1.2, with the empty line that ends it, as a nom
/// parser (of the *streaming* kind). Up to [`ChunkDecoder::MAX_EXCESS`] bytes. The fields are not to be merged into the head:
/// none of them says anything about framing, routing or who the client is (RFC 9110 section 6.5.1).
///
/// ```
/// use bantam::wire::{ChunkDecoder, trailers};
///
/// let (mut decoder, mut input) = (ChunkDecoder::new(), &b"2\r\nhi\r\n0\r\nDigest: x\r\n\r\nGET"[..]);
/// while !decoder.is_before_trailers() {
///     input = &input[decoder.decode(input)?.used..];
/// }
/// let (rest, fields) = trailers(input).expect("all of it has come");
/// assert_eq!((fields.first("digest"), rest), (Some(&b"x"[..]), &b"GET"[..]));
/// # Ok::<(), bantam::Rejection>(())
/// ```
///
/// # Errors
/// `Incomplete` while the section goes on; [`Rejection::BadField`](crate::Rejection::BadField) and
/// [`Rejection::ChunkOverhead`](crate::Rejection::ChunkOverhead), with the place.
pub fn trailers(input: &[u8]) -> ParseResult<'_, Headers<'_>> {
    let mut decoder = ChunkDecoder::new();
    decoder.at = At::Trailer;
    let mut rest = input;
    while let Some((&byte, tail)) = rest.split_first() {
        match decoder.framing(decoder.at, byte) {
            // Without the empty line, whose CR came before.
            Ok(At::Done) => return Ok((tail, Headers::over(cut(input, input.len() - tail.len() - 2).0))),
            Ok(at) => decoder.at = at,
            Err(rejection) => return parse_error(rest, rejection),
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

    /// The fields, and what is behind them.
    fn read(input: &[u8]) -> (Vec<(&str, &[u8])>, &[u8]) {
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
            assert_eq!(read(&body[at..]), (Vec::from([("A", &b"b"[..]), ("C", b"")]), &b"X: y\r\n"[..]));
            // Or they are dropped.
            while !decoder.is_done() {
                at += decoder.decode(&body[at..body.len().min(at + piece)]).unwrap().used;
            }
            assert_eq!(&body[at..], b"X: y\r\n");
        }
    }

    #[test]
    fn there_may_be_none() {
        assert_eq!(read(b"\r\nx"), (Vec::new(), &b"x"[..]));
    }

    #[test]
    fn they_are_awaited_to_their_end_and_refused_at_their_first_bad_byte() {
        let whole = b"A: b\r\n\r\n";
        for length in 0..whole.len() {
            assert!(trailers(&whole[..length]).is_err_and(|error| error.is_incomplete()));
        }
        let parse_error = ParseError { rest: b" : b\r\n\r\n", rejection: Rejection::BadField };
        assert_eq!(trailers(b"A : b\r\n\r\n").unwrap_err(), nom::Err::Error(parse_error));
        let long = [&b"A:"[..], &[b'b'; 4096], b"\r\n\r\n"].concat();
        assert!(matches!(
            trailers(&long),
            Err(nom::Err::Error(ParseError { rejection: Rejection::ChunkOverhead, .. }))
        ));
    }
}
