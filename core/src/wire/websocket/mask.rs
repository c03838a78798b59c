//! Masking, RFC 6455 section 5.3, from any place in the data: in words where flash is plenty.

use crate::wire::scan::FAST;

/// Masks or unmasks `data`, which begins `offset` bytes behind the start of its frame's payload (RFC 6455 section 5.3).
///
/// ```
/// let mut data = *b"\x7f\x9f\x4d\x51\x58";
/// bantam::wire::mask(&mut data, [0x37, 0xfa, 0x21, 0x3d], 0);
/// assert_eq!(&data, b"Hello");
/// ```
pub fn mask(data: &mut [u8], key: [u8; 4], offset: u64) {
    // Rotated, so that its first byte is for the first byte of the data.
    let key = u32::from_le_bytes(key).rotate_right(8 * (offset as u32 & 3));
    let mut rest = data;
    if FAST {
        let wide = u64::from(key) << 32 | u64::from(key);
        let (words, tail) = rest.as_chunks_mut::<8>();
        for word in words {
            *word = (u64::from_le_bytes(*word) ^ wide).to_le_bytes();
        }
        rest = tail;
    }
    let mut key = key;
    for byte in rest {
        *byte ^= key as u8;
        key = key.rotate_right(8);
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn data_is_masked_as_byte_by_byte_at_every_offset_and_length() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for offset in 0..9 {
            for length in 0..40 {
                let plain: Vec<u8> = (0..length).map(|byte: u8| byte.wrapping_mul(7)).collect();
                let mut masked = plain.clone();
                mask(&mut masked, key, offset as u64);
                let expected: Vec<u8> =
                    plain.iter().enumerate().map(|(at, byte)| byte ^ key[(at + offset) % 4]).collect();
                assert_eq!(masked, expected, "{offset} {length}");
                mask(&mut masked, key, offset as u64);
                assert_eq!(masked, plain);
            }
        }
    }
}
