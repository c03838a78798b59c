//! Law: the chunked coding is undone as it comes, at whatever bytes it is split; a byte that is not where RFC 9112
//! section 7.1 wants it ends the connection, and what is neither data nor needed for it has a cap.

use super::grammar::{FIELD, TOKEN, hex, is};
use super::scan::WIDE;
use crate::error::Rejection;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first digit of a chunk's size.
    Size,
    /// Behind a digit of it.
    SizeMore,
    /// Behind white space that only an extension may follow.
    Space,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the beginning of a trailer line, or of the empty line that ends the body.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerLf,
    LastLf,
    Done,
}

/// The values of the hexadecimal digits; everything else is more than 15.
const DIGITS: [u8; 256] = {
    let mut table = [16; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(digit) = hex(byte as u8) {
            table[byte] = digit;
        }
        byte += 1;
    }
    table
};

/// What a piece of a chunked body turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// How many bytes of the input were used up, data included.
    pub used: usize,
    /// The data, which ends the used bytes; empty when they were framing only.
    pub data: &'a [u8],
}

/// Undoes the chunked transfer coding, RFC 9112 section 7.1. 16 bytes of state; trailer fields are checked and dropped.
///
/// ```
/// use bantam::wire::ChunkDecoder;
///
/// let (mut decoder, mut body) = (ChunkDecoder::new(), Vec::new());
/// let mut input = &b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET"[..];
/// while !decoder.is_done() {
///     let step = decoder.decode(input)?;
///     body.extend_from_slice(step.data);
///     input = &input[step.used..];
/// }
/// assert_eq!((&body[..], input), (&b"abcde"[..], &b"GET"[..]));
/// # Ok::<(), bantam::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChunkDecoder {
    left: u64,
    excess: u16,
    at: At,
}

impl ChunkDecoder {
    /// What one body may carry besides its data and the plain framing of each chunk: extensions, padded sizes and
    /// trailers, in bytes. Beyond it the body is refused with [`Rejection::ChunkOverhead`].
    pub const MAX_EXCESS: u16 = 4096;

    /// At the beginning of a body.
    #[must_use]
    pub const fn new() -> Self {
        Self { left: 0, excess: 0, at: At::Size }
    }

    /// Has the last chunk come, with its trailers and the empty line?
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.at, At::Done)
    }

    /// How many of the next bytes are data for sure: they may be read straight to where they belong, and then told
    /// to [`Self::passed`].
    #[must_use]
    pub const fn data_left(&self) -> u64 {
        if matches!(self.at, At::Data) { self.left } else { 0 }
    }

    /// `count` bytes of data, at most [`Self::data_left`], went another way.
    pub const fn passed(&mut self, count: u64) {
        self.left = self.left.saturating_sub(count);
        if self.left == 0 && matches!(self.at, At::Data) {
            self.at = At::DataCr;
        }
    }

    /// Goes on with `input`: up to the end of the data that it holds of one chunk, the end of the body, or the end of
    /// the input. With an empty input, or once done, nothing is used.
    ///
    /// # Errors
    /// [`Rejection::BadChunk`], [`Rejection::BadField`] (in a trailer), [`Rejection::ChunkOverhead`].
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Step<'a>, Rejection> {
        if WIDE && let Some(step) = self.whole_size(input) {
            return Ok(step);
        }
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            match self.at {
                At::Data => {
                    let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                    let data = rest.get(..length).unwrap_or(&[]);
                    self.passed(length as u64);
                    return Ok(Step { used: input.len() - rest.len() + length, data });
                }
                At::Done => break,
                at => self.at = self.framing(at, byte)?,
            }
            rest = tail;
        }
        Ok(Step { used: input.len() - rest.len(), data: &[] })
    }

    /// A size of up to four digits whose line has come whole, and what there is of the data. Else `None`, and nothing has
    /// changed.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn whole_size<'a>(&mut self, input: &'a [u8]) -> Option<Step<'a>> {
        let rest = match self.at {
            At::DataCr => input.strip_prefix(b"\r\n")?,
            At::Size => input,
            _ => return None,
        };
        let line = rest.first_chunk::<6>().filter(|line| line[0] != b'0')?;
        let mut size = 0;
        for (count, byte) in line.iter().enumerate().take(5) {
            let digit = DIGITS[usize::from(*byte)];
            if digit > 15 {
                if count == 0 || line.get(count..count + 2)? != b"\r\n" {
                    return None;
                }
                let data = rest.get(count + 2..)?;
                let before = input.len() - data.len();
                if let Some(data) = data.get(..size) {
                    (self.left, self.at) = (0, At::DataCr);
                    return Some(Step { used: before + size, data });
                }
                (self.left, self.at) = ((size - data.len()) as u64, At::Data);
                return Some(Step { used: input.len(), data });
            }
            size = size << 4 | usize::from(digit);
        }
        None
    }

    /// One byte that is not data.
    fn framing(&mut self, at: At, byte: u8) -> Result<At, Rejection> {
        match (at, byte) {
            (At::Size | At::SizeMore, _) if hex(byte).is_some() => self.digit(at, byte),
            (At::SizeMore | At::Extension, b'\r') => Ok(At::SizeLf),
            (At::SizeMore | At::Space, b';') => self.excess(At::Extension),
            (At::SizeMore | At::Space, b' ' | b'\t') => self.excess(At::Space),
            (At::Extension, _) if is(byte, FIELD) => self.excess(At::Extension),
            (At::SizeLf, b'\n') => Ok(if self.left == 0 { At::Trailer } else { At::Data }),
            (At::DataCr, b'\r') => Ok(At::DataLf),
            (At::DataLf, b'\n') => Ok(At::Size),
            (At::Trailer, b'\r') => Ok(At::LastLf),
            (At::LastLf, b'\n') => Ok(At::Done),
            (At::Trailer | At::TrailerName, _) if is(byte, TOKEN) => self.excess(At::TrailerName),
            (At::TrailerName, b':') => self.excess(At::TrailerValue),
            (At::TrailerValue, b'\r') => Ok(At::TrailerLf),
            (At::TrailerValue, _) if is(byte, FIELD) => self.excess(At::TrailerValue),
            (At::TrailerLf, b'\n') => self.excess(At::Trailer),
            (At::Trailer | At::TrailerName | At::TrailerValue | At::TrailerLf, _) => Err(Rejection::BadField),
            _ => Err(Rejection::BadChunk),
        }
    }

    fn digit(&mut self, at: At, byte: u8) -> Result<At, Rejection> {
        let digit = u64::from(hex(byte).unwrap_or(0));
        // Zeros that pad a size are excess: a size of any value has 16 digits at the most.
        let padding = at == At::SizeMore && self.left == 0;
        self.left = self.left.checked_mul(16).ok_or(Rejection::BadChunk)? | digit;
        if padding { self.excess(At::SizeMore) } else { Ok(At::SizeMore) }
    }

    fn excess(&mut self, next: At) -> Result<At, Rejection> {
        if self.excess >= Self::MAX_EXCESS {
            return Err(Rejection::ChunkOverhead);
        }
        self.excess += 1;
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

    /// Decodes at one size of pieces; the body, and what was left behind it.
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
    fn white_space_before_an_extension_is_legal() {
        assert_eq!(decode(b"1 \t;a = b\r\nx\r\n0\r\n\r\n", 3), Ok((b"x".to_vec(), Vec::new())));
    }

    #[test]
    fn data_ends_in_cr_lf() {
        for bad in ["1\r\nabc", "1\r\na\n", "1\r\na\r\r", "1\r\na0\r\n\r\n"] {
            assert_eq!(decode(bad.as_bytes(), 2), Err(Rejection::BadChunk), "{bad:?}");
        }
    }

    #[test]
    fn a_trailer_is_a_field_line() {
        for bad in [
            "0\r\n a: b\r\n\r\n",
            "0\r\na b: c\r\n\r\n",
            "0\r\n: c\r\n\r\n",
            "0\r\na\r\n\r\n",
            "0\r\na: b\n\r\n",
        ] {
            assert_eq!(decode(bad.as_bytes(), 1), Err(Rejection::BadField), "{bad:?}");
        }
    }

    #[test]
    fn what_is_not_data_has_a_cap() {
        let most = usize::from(ChunkDecoder::MAX_EXCESS);
        let extension = |n: usize| [b"1;".as_slice(), &[b'a'].repeat(n - 1), b"\r\nx\r\n0\r\n\r\n"].concat();
        assert!(decode(&extension(most), 64).is_ok());
        assert_eq!(decode(&extension(most + 1), 64), Err(Rejection::ChunkOverhead));
        let zeros = [&[b'0'].repeat(most + 2)[..], b"\r\n\r\n"].concat();
        assert_eq!(decode(&zeros, 64), Err(Rejection::ChunkOverhead));
        let trailers = [b"0\r\n".as_slice(), &b"a:b\r\n".repeat(most / 3)].concat();
        assert_eq!(decode(&trailers, 64), Err(Rejection::ChunkOverhead));
        let plain = [b"1\r\nx\r\n".repeat(most).as_slice(), b"0\r\n\r\n"].concat();
        assert!(decode(&plain, 64).is_ok(), "small chunks are no excess");
    }

    #[test]
    fn data_may_be_read_past_the_decoder() {
        let mut decoder = ChunkDecoder::new();
        let step = decoder.decode(b"5\r\n").unwrap();
        assert_eq!((step.used, decoder.data_left()), (3, 5));
        decoder.passed(5);
        assert_eq!(decoder.data_left(), 0);
        assert_eq!(decoder.decode(b"\r\n0\r\n\r\n").unwrap().used, 7);
        assert!(decoder.is_done());
    }
}
