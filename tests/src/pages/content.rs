//! What the pages send.

/// The body of `/`.
pub const HELLO: &[u8] = b"hello";
/// The fields of every text.
pub const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

pub(super) const STREAM_PARTS: [&[u8]; 4] = [b"one ", b"", b"two ", b"three"];
pub(super) const PAUSE_PARTS: [&[u8]; 3] = [b"a", b"b", b"c"];

/// The body of `/large`, and of `/long-stream`.
#[must_use]
pub fn large() -> Vec<u8> {
    (0..20_000u32).map(|n| b'a' + (n % 26) as u8).collect()
}
