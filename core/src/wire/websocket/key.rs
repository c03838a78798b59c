//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept`, RFC 6455 sections 4.1 and 4.2.2.
//!
//! SHA-1 is written here because it protects nothing here, and because those of the libraries, which are made for speed, are larger than
//! the rest of the protocol: 3.6 KB on a Cortex-M3.

/// The text behind the key, section 1.3.
const SUFFIX: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Base64, RFC 4648 section 4.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns true if `key` is 16 bytes in Base64.
pub(crate) fn is_key(key: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    matches!(key, [digits @ .., b'=', b'='] if digits.len() == 22 && digits.iter().all(digit))
}

/// The value of `Sec-WebSocket-Accept` to this key. Not inlined: its memory would be on the stack of the whole connection.
#[inline(never)]
pub(crate) fn accept(key: &[u8]) -> [u8; 28] {
    let mut message = [0; 128];
    let text = key.iter().chain(SUFFIX).chain(&[0x80]);
    message.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte);
    // The length in bits, of 60 bytes.
    [message[126], message[127]] = [1, 0xe0];
    base64(sha1(&message))
}

/// SHA-1 of a message of two blocks, which is padded already (FIPS 180-4 section 6.1).
fn sha1(message: &[u8; 128]) -> [u8; 20] {
    let mut hash: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in message.as_chunks::<64>().0 {
        let mut words = [0; 16];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        let [mut a, mut b, mut c, mut d, mut e] = hash;
        for round in 0..80 {
            let at = |back: usize| (round + 16 - back) & 15;
            if round >= 16 {
                words[round & 15] =
                    (words[at(3)] ^ words[at(8)] ^ words[at(14)] ^ words[round & 15]).rotate_left(1);
            }
            let (mixed, constant) = match round / 20 {
                0 => (d ^ b & (c ^ d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | d & (b | c), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let sum = sum.wrapping_add(constant).wrapping_add(words[round & 15]);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (sum, word) in hash.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(word);
        }
    }
    let mut digest = [0; 20];
    for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(hash) {
        *bytes = word.to_be_bytes();
    }
    digest
}

fn base64(digest: [u8; 20]) -> [u8; 28] {
    let mut text = [b'='; 28];
    for (four, three) in text.chunks_mut(4).zip(digest.chunks(3)) {
        let mut bits =
            three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (4 - three.len()));
        for place in four.iter_mut().take(three.len() + 1) {
            *place = ALPHABET[(bits >> 26) as usize];
            bits <<= 6;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_that_of_other_implementations() {
        // The first is that of RFC 6455 section 1.3; the others were made with Python's hashlib.
        for (key, answer) in KEYS {
            assert!(is_key(key.as_bytes()));
            assert_eq!(accept(key.as_bytes()), *answer.as_bytes(), "{key}");
        }
    }

    const KEYS: [(&str, &str); 4] = [
        ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
        ("x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="),
    ];

    #[test]
    fn a_key_is_16_bytes() {
        for bad in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZQ===",
            "dGhlIHNhbXBsZSBub25jZQ==a",
            "dGhlIHNhbXBsZSBub25j ==",
            "dGhlIHNhbXBsZSBub25jZQQ=",
            "dGhlIHNhbXBsZSBub25-ZQ==",
        ] {
            assert!(!is_key(bad.as_bytes()), "{bad}");
        }
    }
}
