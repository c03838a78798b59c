//! The framing of the chunks that are sent, RFC 9112 section 7.1.

/// The chunk that ends a chunked body, without trailers.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
/// The length of [`chunk_line`].
pub(crate) const CHUNK_LINE: usize = 6;
/// The bytes behind the data of a chunk.
pub(crate) const CHUNK_END: &[u8] = b"\r\n";

/// The line before the data of a chunk of `length` bytes. It always has four digits, so that its place can be left free
/// before the length is known.
pub(crate) const fn chunk_line(length: u16) -> [u8; CHUNK_LINE] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    const fn digit(length: u16, shift: u16) -> u8 {
        DIGITS[(length >> shift & 15) as usize]
    }
    [digit(length, 12), digit(length, 8), digit(length, 4), digit(length, 0), b'\r', b'\n']
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_line_has_four_digits() {
        assert_eq!(chunk_line(0x1a), *b"001a\r\n");
        assert_eq!(chunk_line(u16::MAX), *b"ffff\r\n");
    }
}
