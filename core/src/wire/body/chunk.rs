//! Law: the chunked coding is undone as it comes, at whatever bytes it is split; a byte that is not where RFC 9112
//! section 7.1 wants it ends the connection, and what is neither data nor needed for it has a cap.

use crate::error::Rejection;
use crate::wire::body::extension::next;
use crate::wire::grammar::{FIELD, TOKEN, hex, is};
use crate::wire::scan::WIDE;

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Before the first digit of a chunk's size.
    Size,
    /// Behind a digit of it. This and the next nine are the rows of a table: [`next`].
    SizeMore,
    /// Behind white space that only an extension may follow.
    Space,
    /// Before an extension's name.
    Extension,
    Name,
    /// Behind a name and white space.
    NameSpace,
    /// Behind the equals sign.
    Value,
    Token,
    Quoted,
    /// Behind a backslash in a quoted value.
    Escape,
    QuotedEnd,
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

/// The values of the hexadecimal digits; that of everything else is more than four of them can have.
const DIGITS: [u32; 256] = {
    let mut table = [0x1_0000; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(digit) = hex(byte as u8) {
            table[byte] = digit as u32;
        }
        byte += 1;
    }
    table
};

/// What a piece of a chunked body turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkStep<'a> {
    /// How many bytes of the input were used up, data included.
    pub used: usize,
    /// The data, which ends the used bytes; empty when they were framing only.
    pub data: &'a [u8],
}

/// Undoes the chunked transfer coding, RFC 9112 section 7.1. 16 bytes of state; trailer fields are checked, and dropped unless [`trailers`](super::trailers)
/// reads them.
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
    pub(crate) at: At,
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

    /// Is what comes next a trailer field, or the empty line behind them? [`Self::decode`] stops there: when it first does, what
    /// follows may be given to [`trailers`](super::trailers); or to `decode`, which drops the fields.
    #[must_use]
    pub const fn is_before_trailers(&self) -> bool {
        matches!(self.at, At::Trailer)
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

    /// Goes on with `input`: up to the end of the data that it holds of one chunk, the beginning of a trailer line, the
    /// end of the body, or the end of the input. With an empty input, or once done, nothing is used.
    ///
    /// # Errors
    /// [`Rejection::BadChunk`], [`Rejection::BadField`] (in a trailer), [`Rejection::ChunkOverhead`].
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline)]
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<ChunkStep<'a>, Rejection> {
        if WIDE && let Some(step) = self.next_chunk(input) {
            return Ok(step);
        }
        self.bytewise(input)
    }

    fn bytewise<'a>(&mut self, input: &'a [u8]) -> Result<ChunkStep<'a>, Rejection> {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            match self.at {
                At::Data => {
                    let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                    let data = rest.get(..length).unwrap_or(&[]);
                    self.passed(length as u64);
                    return Ok(ChunkStep { used: input.len() - rest.len() + length, data });
                }
                At::Done => break,
                at => self.at = self.framing(at, byte)?,
            }
            rest = tail;
            if self.at == At::Trailer {
                break;
            }
        }
        Ok(ChunkStep { used: input.len() - rest.len(), data: &[] })
    }

    /// The end of a chunk's data, the next one's size of up to four digits, and what there is of its data. `None` where they
    /// have not come whole, or it is not of that kind; nothing has changed then.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    fn next_chunk<'a>(&mut self, input: &'a [u8]) -> Option<ChunkStep<'a>> {
        if self.at != At::DataCr {
            return None;
        }
        let front = input.first_chunk::<8>()?;
        let ends = |at: usize| front.get(at..at + 2).is_some_and(|two| two == b"\r\n");
        let digit = |at: usize| DIGITS[usize::from(front[at])];
        if !ends(0) || front[2] == b'0' {
            return None;
        }
        // A digit that is none makes more of a size than its digits can.
        let (line, size) = if ends(4) {
            (6, Some(digit(2) << 4 | digit(3)).filter(|size| *size < 0x100)?)
        } else if ends(5) {
            (7, Some(digit(2) << 8 | digit(3) << 4 | digit(4)).filter(|size| *size < 0x1000)?)
        } else if ends(6) {
            let size = digit(2) << 12 | digit(3) << 8 | digit(4) << 4 | digit(5);
            (8, Some(size).filter(|size| *size < 0x1_0000)?)
        } else if ends(3) {
            (5, Some(digit(2)).filter(|size| *size < 0x10)?)
        } else {
            return None;
        };
        let (size, data) = (size as usize, input.get(line..)?);
        if let Some(data) = data.get(..size) {
            return Some(ChunkStep { used: line + size, data });
        }
        (self.left, self.at) = ((size - data.len()) as u64, At::Data);
        Some(ChunkStep { used: input.len(), data })
    }

    /// One byte that is not data. A function of its own: in its place it would be 200 bytes of flash more.
    #[inline(never)]
    pub(crate) fn framing(&mut self, at: At, byte: u8) -> Result<At, Rejection> {
        match (at, byte) {
            (At::Size | At::SizeMore, _) if hex(byte).is_some() => self.digit(at, byte),
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
            _ => match next(at, byte).ok_or(Rejection::BadChunk)? {
                At::SizeLf => Ok(At::SizeLf),
                behind => self.excess(behind),
            },
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
        for bad in [
            "1\r\nx\r\ng\r\n",
            "1\r\nx\r\n1g\r\n",
            "1\r\nx\r\ng1\r\n",
            "1\r\nx\r\n11g\r\n",
            "1\r\nx\r\n1g11\r\n",
        ] {
            let long = [bad.as_bytes(), &[b'x'; 70_000]].concat();
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
        for bad in [
            ";",
            ";;a",
            ";=b",
            ";a=",
            ";a=;b",
            ";a b",
            ";a=b c",
            ";a==b",
            ";a=b=c",
            ";a=\"b",
            ";a=\"b\\\"",
            ";a=b\"c\"",
            ";a=\"b\"c",
            ";a ",
            ";a=b ",
            ";a@b",
            ";a=(b)",
            ";a=\"\x7f\"",
            ";\"a\"",
        ] {
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
        assert_eq!(decoder.decode(b"\r\n0\r\n\r\n").unwrap().used, 5);
        assert_eq!(decoder.decode(b"\r\n").unwrap().used, 2);
        assert!(decoder.is_done());
    }
}
