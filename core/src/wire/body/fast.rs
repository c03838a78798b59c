//! The fast path of the chunked decoder: the size and the data of a chunk in one step, RFC 9112 section 7.1.
//!
//! Invariant: the state after a step is the same as after the same bytes one by one.

use crate::slice::hex_digit;
use crate::wire::body::chunk::{ChunkDecoder, ChunkStep};
use crate::wire::body::state::ChunkState;

/// The values of hexadecimal digits. Any other byte has a value above that of four digits.
const DIGITS: [u32; 256] = {
    let mut table = [0x1_0000; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(digit) = hex_digit(byte as u8) {
            table[byte] = digit as u32;
        }
        byte += 1;
    }
    table
};

impl<const RESPONSE: bool> ChunkDecoder<RESPONSE> {
    /// Decodes the end of a chunk's data, a size of up to four digits, and the data behind it. Returns `None`, and changes
    /// nothing, if that is not all there.
    #[inline(always)]
    pub(crate) fn next_chunk<'a>(&mut self, input: &'a [u8]) -> Option<ChunkStep<'a>> {
        if self.state != ChunkState::DataCr {
            return None;
        }
        let front = input.first_chunk::<8>()?;
        let ends = |at: usize| front.get(at..at + 2).is_some_and(|two| two == b"\r\n");
        let digit = |at: usize| DIGITS[usize::from(front[at])];
        if !ends(0) || front[2] == b'0' {
            return None;
        }
        // A byte that is no digit makes a size above what its digits can have.
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
        (self.remaining, self.state) = ((size - data.len()) as u64, ChunkState::Data);
        Some(ChunkStep { used: input.len(), data })
    }
}
