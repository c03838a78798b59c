//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept`, RFC 6455 sections 4.1 and 4.2.2.
//!
//! SHA-1 is written here because it protects nothing here, and because those of the libraries, which are made for speed, are larger than
//! the rest of the protocol: 3.6 KB on a Cortex-M3.

/// The message of the hash in words: place for the key, the text behind it (RFC 6455 section 1.3), and the first byte of the padding.
const MESSAGE: [u32; 16] = {
    let text = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\x80\0\0\0";
    let mut words = [0; 16];
    let mut at = 0;
    while at < text.len() {
        words[6 + at / 4] = words[6 + at / 4] << 8 | text[at] as u32;
        at += 1;
    }
    words
};

/// The key, if it is 16 bytes in Base64.
pub(crate) fn key(key: &[u8]) -> Option<&[u8; 24]> {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let key: &[u8; 24] = key.try_into().ok()?;
    matches!(key, [digits @ .., b'=', b'='] if digits.iter().all(digit)).then_some(key)
}

/// The value of `Sec-WebSocket-Accept` to this key. Not inlined: its memory would be on the stack of the whole connection.
#[inline(never)]
pub(crate) fn accept(key: &[u8; 24]) -> [u8; 28] {
    let mut hash: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut words = MESSAGE;
    for (word, bytes) in words.iter_mut().zip(key.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    compress(&mut hash, &mut words);
    // The rest of the padding, and the length of the message in bits. `[0; 16]` links one more function that clears memory.
    for (at, word) in words.iter_mut().enumerate() {
        *word = if at == 15 { 60 * 8 } else { 0 };
    }
    compress(&mut hash, &mut words);
    base64(hash)
}

/// Takes a block into a SHA-1 (FIPS 180-4 section 6.1). Overwrites the block.
#[inline(never)]
fn compress(hash: &mut [u32; 5], words: &mut [u32; 16]) {
    let [mut a, mut b, mut c, mut d, mut e] = *hash;
    for round in 0..80 {
        // The schedule is a ring of 16 words.
        let at = |back: usize| (round + 16 - back) & 15;
        let word = words[round & 15];
        words[round & 15] = (words[at(3)] ^ words[at(8)] ^ words[at(14)] ^ word).rotate_left(1);
        let (mixed, constant) = match round {
            0..20 => (d ^ b & (c ^ d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => (b & c | d & (b | c), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let sum =
            a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
    }
    for (sum, word) in hash.iter_mut().zip([a, b, c, d, e]) {
        *sum = sum.wrapping_add(word);
    }
}

/// The digits of 160 bits (RFC 4648 section 4), and a pad.
fn base64(mut hash: [u32; 5]) -> [u8; 28] {
    let mut text = [b'='; 28];
    for place in text.iter_mut().take(27) {
        let mut digit = 0;
        for word in hash.iter_mut().rev() {
            (*word, digit) = (*word << 6 | digit, *word >> 26);
        }
        let digit = digit as u8;
        *place = match digit {
            0..26 => b'A' + digit,
            26..52 => digit - 26 + b'a',
            52..62 => digit - 52 + b'0',
            62 => b'+',
            _ => b'/',
        };
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
            let key = super::key(key.as_bytes()).expect("a key");
            assert_eq!(accept(key), *answer.as_bytes());
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
            assert_eq!(key(bad.as_bytes()), None, "{bad}");
        }
    }
}
