//! The decoder of the chunked transfer coding, RFC 9112 section 7.1: resumable, in place.
//!
//! Invariant: the body is the same at every split, and bytes that are neither data nor its plain framing have a limit.

use crate::error::Rejection;
use crate::slice::hex_digit;
use crate::wire::body::state::{ChunkState, next_state, tolerated_state};
use crate::wire::class::{FIELD_VALUE, TOKEN, is};
use crate::wire::scan::FAST;

/// The result of [`ChunkDecoder::decode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkStep<'a> {
    /// The number of input bytes consumed, data included.
    pub used: usize,
    /// The data at the end of the consumed bytes; empty if they were framing only.
    pub data: &'a [u8],
}

/// A decoder of the chunked transfer coding, RFC 9112 section 7.1, with 16 bytes of state: of requests, or of responses if
/// `RESPONSE` is true. Trailer fields are checked, and
/// dropped unless [`trailers`](crate::wire::trailers) or [`response_trailers`](crate::wire::response_trailers) reads them.
///
/// ```
/// use bantam::{Rejection, wire::ChunkDecoder};
///
/// /// The body in `input`, and the bytes behind it.
/// fn decode(mut input: &[u8]) -> Result<(Vec<u8>, &[u8]), Rejection> {
///     let (mut decoder, mut body) = (ChunkDecoder::new(), Vec::new());
///     while !decoder.is_done() {
///         // `decode` consumes nothing of an empty input. A program reads here, and fails at the end of the stream.
///         if input.is_empty() {
///             return Err(Rejection::Truncated);
///         }
///         let step = decoder.decode(input)?;
///         body.extend_from_slice(step.data);
///         input = &input[step.used..];
///     }
///     Ok((body, input))
/// }
/// let input = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET";
/// assert_eq!(decode(input), Ok((b"abcde".to_vec(), &b"GET"[..])));
/// assert_eq!(decode(&input[..20]), Err(Rejection::Truncated));
/// ```
#[derive(Clone, Debug)]
pub struct ChunkDecoder<const RESPONSE: bool = false> {
    /// The bytes of data left, or a part of a size; after an error the place of the refused byte.
    pub(crate) remaining: u64,
    overhead: u16,
    pub(crate) state: ChunkState,
}

impl ChunkDecoder {
    /// The limit of extensions, padded sizes and trailers in the body of a request, and in one chunk of a response, in bytes.
    /// What is beyond it is refused with [`Rejection::ChunkOverhead`].
    pub const MAX_OVERHEAD: u16 = 4096;

    /// A decoder at the start of the body of a request. It takes the grammar of RFC 9112 and nothing else.
    #[must_use]
    pub const fn new() -> Self {
        Self::START
    }
}

impl ChunkDecoder<true> {
    /// A decoder at the start of the body of a response. [`alone`](crate::wire::alone#responses) lists what else it takes.
    #[must_use]
    pub const fn response() -> Self {
        Self::START
    }
}

impl<const RESPONSE: bool> ChunkDecoder<RESPONSE> {
    pub(crate) const START: Self = Self { remaining: 0, overhead: 0, state: ChunkState::Size };

    /// Returns true after the last chunk, its trailers and the empty line.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, ChunkState::Done)
    }

    /// Returns true if the next byte begins a trailer field or the empty line after them. [`Self::decode`] stops there. At the
    /// first stop the input may go to [`trailers`](crate::wire::trailers) instead of `decode`, which drops the fields.
    #[must_use]
    pub const fn is_before_trailers(&self) -> bool {
        matches!(self.state, ChunkState::Trailer) || RESPONSE && matches!(self.state, ChunkState::NextTrailer)
    }

    /// The number of bytes that certainly are data next. They may be read past the decoder, which [`Self::skip`] then counts.
    #[must_use]
    pub const fn data_left(&self) -> u64 {
        if matches!(self.state, ChunkState::Data) { self.remaining } else { 0 }
    }

    /// Skips `count` bytes of data, at most [`Self::data_left`], that were read past the decoder.
    pub const fn skip(&mut self, count: u64) {
        self.remaining = self.remaining.saturating_sub(count);
        if self.remaining == 0 && matches!(self.state, ChunkState::Data) {
            self.state = ChunkState::DataCr;
            // A response may go on for ever.
            if RESPONSE {
                self.overhead = 0;
            }
        }
    }

    /// After an error of [`Self::decode`]: the place of the refused byte in the input of that call. Before one it means nothing.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.remaining as usize
    }

    /// Decodes `input` up to the end of one chunk's data, the start of a trailer line, the end of the body, or the end of
    /// the input. Consumes nothing of an empty input, or once done.
    ///
    /// # Errors
    /// [`Rejection::BadChunk`], [`Rejection::BadField`] (in a trailer), [`Rejection::ChunkOverhead`]. [`Self::offset`] is then
    /// the place, and the decoder cannot be used again.
    #[inline]
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<ChunkStep<'a>, Rejection> {
        if FAST && let Some(step) = self.next_chunk(input) {
            return Ok(step);
        }
        self.decode_bytewise(input)
    }

    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(never))]
    fn decode_bytewise<'a>(&mut self, input: &'a [u8]) -> Result<ChunkStep<'a>, Rejection> {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            match self.state {
                ChunkState::Data => {
                    let length = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(rest.len());
                    let data = rest.get(..length).unwrap_or(&[]);
                    self.skip(length as u64);
                    return Ok(ChunkStep { used: input.len() - rest.len() + length, data });
                }
                ChunkState::Done => break,
                state => match self.step_byte(state, byte) {
                    Ok(next) => self.state = next,
                    Err(rejection) => {
                        self.remaining = (input.len() - rest.len()) as u64;
                        return Err(rejection);
                    }
                },
            }
            rest = tail;
            if self.is_before_trailers() {
                break;
            }
        }
        Ok(ChunkStep { used: input.len() - rest.len(), data: &[] })
    }

    /// The state after one byte that is not data. Inlined it costs 200 bytes of flash.
    #[inline(never)]
    pub(crate) fn step_byte(&mut self, state: ChunkState, byte: u8) -> Result<ChunkState, Rejection> {
        use ChunkState::{
            Data, DataCr, DataLf, Done, LastLf, NextTrailer, Size, SizeLf, SizeMore, Trailer, TrailerLf,
            TrailerName, TrailerSpace, TrailerValue,
        };
        if RESPONSE {
            match tolerated_state(state, byte) {
                Some(next) => return self.add_overhead(next),
                None if matches!(state, NextTrailer | TrailerSpace) => return Err(Rejection::BadField),
                None => {}
            }
        }
        match (state, byte) {
            (Size | SizeMore, _) if hex_digit(byte).is_some() => self.digit(state, byte),
            (SizeLf, b'\n') => Ok(if self.remaining == 0 { Trailer } else { Data }),
            (DataCr, b'\r') => Ok(DataLf),
            (DataLf, b'\n') => Ok(Size),
            (Trailer, b'\r') => Ok(LastLf),
            (LastLf, b'\n') => Ok(Done),
            (Trailer | TrailerName, _) if is(byte, TOKEN) => self.add_overhead(TrailerName),
            (TrailerName, b':') => self.add_overhead(TrailerValue),
            (TrailerValue, b'\r') => Ok(TrailerLf),
            (TrailerValue, _) if is(byte, FIELD_VALUE) => self.add_overhead(TrailerValue),
            (TrailerLf, b'\n') => self.add_overhead(Trailer),
            (Trailer | TrailerName | TrailerValue | TrailerLf, _) => Err(Rejection::BadField),
            _ => match next_state(state, byte).ok_or(Rejection::BadChunk)? {
                SizeLf => Ok(SizeLf),
                next => self.add_overhead(next),
            },
        }
    }

    fn digit(&mut self, state: ChunkState, byte: u8) -> Result<ChunkState, Rejection> {
        let digit = u64::from(hex_digit(byte).unwrap_or(0));
        // Leading zeros are overhead: a size has at most 16 digits without them.
        let padding = state == ChunkState::SizeMore && self.remaining == 0;
        self.remaining = self.remaining.checked_mul(16).ok_or(Rejection::BadChunk)? | digit;
        if padding { self.add_overhead(ChunkState::SizeMore) } else { Ok(ChunkState::SizeMore) }
    }

    fn add_overhead(&mut self, next: ChunkState) -> Result<ChunkState, Rejection> {
        if self.overhead >= ChunkDecoder::MAX_OVERHEAD {
            return Err(Rejection::ChunkOverhead);
        }
        self.overhead += 1;
        Ok(next)
    }
}

impl Default for ChunkDecoder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// The body of a request, decoded in pieces of one size, and the bytes behind it.
    fn decode(mut input: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>), Rejection> {
        let (mut decoder, mut body) = (ChunkDecoder::new(), Vec::new());
        while !decoder.is_done() && !input.is_empty() {
            let step = decoder.decode(&input[..piece.min(input.len())])?;
            body.extend_from_slice(step.data);
            input = &input[step.used..];
        }
        if decoder.is_done() { Ok((body, input.to_vec())) } else { Err(Rejection::Truncated) }
    }

    #[test]
    fn a_body_is_the_same_at_every_split() {
        let input = b"3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n000\r\nT: v\r\nU:\r\n\r\nrest";
        for piece in 1..=input.len() {
            assert_eq!(decode(input, piece), Ok((b"abc0123456789".to_vec(), b"rest".to_vec())), "{piece}");
        }
    }

    #[test]
    fn chunks_of_every_size_are_the_same_at_every_split() {
        let (mut input, mut body) = (Vec::new(), Vec::new());
        for size in [1, 2, 0xf, 0x10, 0xAB, 0xff, 0x100, 0xfff, 0x1000, 0x2bcd, 3] {
            let data: Vec<u8> = (0..size).map(|at: usize| at as u8).collect();
            input.extend_from_slice(std::format!("{size:x}\r\n").as_bytes());
            input.extend_from_slice(&[&data[..], b"\r\n"].concat());
            body.extend_from_slice(&data);
        }
        input.extend_from_slice(b"0\r\n\r\n");
        for piece in (1..40).chain([255, 256, 300, 4096, 5000, input.len()]) {
            assert_eq!(decode(&input, piece), Ok((body.clone(), Vec::new())), "{piece}");
        }
        for bad in ["g", "1g", "g1", "11g", "1g11"] {
            let long = [b"1\r\nx\r\n", bad.as_bytes(), b"\r\n", &[b'x'; 70_000]].concat();
            assert_eq!(decode(&long, long.len()), Err(Rejection::BadChunk), "{bad}");
        }
    }

    #[test]
    fn a_size_is_hex_digits_and_nothing_else() {
        for bad in
            ["0x1", "+1", "-1", "_1", " 1", "", "1_0", "g", "1 ", "1\n", "1\r", "1;a\rb", "1;a\nb", "1;\0"]
        {
            let mut input = bad.as_bytes().to_vec();
            input.extend_from_slice(b"\r\na\r\n0\r\n\r\n");
            assert_eq!(decode(&input, 1), Err(Rejection::BadChunk), "{bad:?}");
        }
    }

    #[test]
    fn a_size_that_overflows_is_refused() {
        assert_eq!(decode(b"10000000000000000\r\n", 1), Err(Rejection::BadChunk));
        assert_eq!(decode(b"ffffffffffffffff\r\nabc", 4), Err(Rejection::Truncated));
    }

    #[test]
    fn an_extension_is_a_name_and_perhaps_a_token_or_a_quoted_string() {
        let line = |extension: &str| std::format!("1{extension}\r\nx\r\n0{extension}\r\n\r\n");
        for good in [";a", ";a=b", ";a;b=c;d", ";a=\"\"", ";a=\"x;y=\\\"z\\\\ \t\u{e9}\";b", ";a=\"\";b"] {
            assert_eq!(decode(line(good).as_bytes(), 1), Ok((b"x".to_vec(), Vec::new())), "{good}");
        }
        let plain = [
            ";", ";;a", ";=b", ";a=", ";a=;b", ";a b", ";a=b c", ";a==b", ";a=b=c", ";a ", ";a=b ", ";a@b",
            ";a=(b)",
        ];
        let quoted = [";a=\"b", ";a=\"b\\\"", ";a=b\"c\"", ";a=\"b\"c", ";a=\"\x7f\"", ";\"a\""];
        for bad in plain.into_iter().chain(quoted) {
            assert_eq!(decode(line(bad).as_bytes(), 1), Err(Rejection::BadChunk), "{bad}");
        }
    }

    #[test]
    fn white_space_around_the_parts_of_an_extension_is_legal() {
        let line = b"1 \t; a\t = b ;\tc =\t\"d\" ; e\r\nx\r\n0\r\n\r\n";
        assert_eq!(decode(line, 3), Ok((b"x".to_vec(), Vec::new())));
    }

    #[test]
    fn data_ends_in_cr_lf() {
        for bad in ["1\r\nabc", "1\r\na\n", "1\r\na\r\r", "1\r\na0\r\n\r\n"] {
            assert_eq!(decode(bad.as_bytes(), 2), Err(Rejection::BadChunk), "{bad:?}");
        }
    }

    #[test]
    fn a_trailer_is_a_field_line() {
        for bad in [" a: b\r\n", "a b: c\r\n", ": c\r\n", "a\r\n", "a: b\n"] {
            assert_eq!(
                decode(&[b"0\r\n", bad.as_bytes(), b"\r\n"].concat(), 1),
                Err(Rejection::BadField),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn overhead_has_a_limit() {
        let most = usize::from(ChunkDecoder::MAX_OVERHEAD);
        let extension = |n: usize| [b"1;".as_slice(), &[b'a'].repeat(n - 1), b"\r\nx\r\n0\r\n\r\n"].concat();
        assert!(decode(&extension(most), 64).is_ok());
        assert_eq!(decode(&extension(most + 1), 64), Err(Rejection::ChunkOverhead));
        let zeros = [&[b'0'].repeat(most + 2)[..], b"\r\n\r\n"].concat();
        assert_eq!(decode(&zeros, 64), Err(Rejection::ChunkOverhead));
        let trailers = [b"0\r\n".as_slice(), &b"a:b\r\n".repeat(most / 3)].concat();
        assert_eq!(decode(&trailers, 64), Err(Rejection::ChunkOverhead));
        let plain = [b"1\r\nx\r\n".repeat(most).as_slice(), b"0\r\n\r\n"].concat();
        assert!(decode(&plain, 64).is_ok(), "small chunks are no overhead");
    }

    /// The last byte of each is the refused one.
    #[test]
    fn an_error_has_the_place_of_its_byte_in_the_input() {
        for input in ["x", "5g", "1\r\naX", "1\r\na\r\n0\r\nA: b\r\nC ", "ffffffffffffffff0"] {
            let (mut decoder, mut rest) = (ChunkDecoder::new(), input.as_bytes());
            while let Ok(step) = decoder.decode(rest) {
                assert_ne!(step.used, 0, "{input}");
                rest = &rest[step.used..];
            }
            assert_eq!(decoder.offset(), rest.len() - 1, "{input}");
        }
    }

    #[test]
    fn data_may_be_read_past_the_decoder() {
        let mut decoder = ChunkDecoder::new();
        let step = decoder.decode(b"5\r\n").unwrap();
        assert_eq!((step.used, decoder.data_left()), (3, 5));
        decoder.skip(5);
        assert_eq!(decoder.data_left(), 0);
        assert_eq!(decoder.decode(b"\r\n0\r\n\r\n").unwrap().used, 5);
        assert_eq!(decoder.decode(b"\r\n").unwrap().used, 2);
        assert!(decoder.is_done());
    }
}
