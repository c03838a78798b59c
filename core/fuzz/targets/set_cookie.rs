//! Fuzz target: the field `Set-Cookie`, RFC 6265bis sections 4.1 and 5.6.
//!
//! Invariant: a browser reads what the cookie was made of, or the cookie is refused.

#![no_main]

use bantam_tests::naive::set_cookies;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [high, low, texts @ ..] = data else { return };
    let Ok(texts) = std::str::from_utf8(texts) else { return };
    let mut texts = texts.splitn(4, '|');
    let texts = [(); 4].map(|()| texts.next().unwrap_or_default());
    set_cookies::check(u16::from_be_bytes([*high, *low]), texts);
});
