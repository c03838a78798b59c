//! Strings of JSON: text in quotes, with the escapes of RFC 8259 section 7.

use core::fmt::{self, Write};

use crate::page::pass::Pass;
use crate::slice::{lower_hex, split_at};

#[inline(never)]
pub(super) fn string(out: &mut Pass<'_>, text: &str) {
    out.put(b"\"");
    escaped(out, text.as_bytes());
    out.put(b"\"");
}

/// The inside of a string, RFC 8259 section 7.
fn escaped(out: &mut Pass<'_>, mut text: &[u8]) {
    let escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    loop {
        let at = text.iter().position(|byte| escape(*byte)).unwrap_or(text.len());
        let (plain, rest) = split_at(text, at);
        out.put(plain);
        let Some((byte, rest)) = rest.split_first() else { return };
        if *byte < b' ' {
            out.put(&[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), lower_hex(byte & 15)]);
        } else {
            out.put(&[b'\\', *byte]);
        }
        text = rest;
    }
}

/// What a `Display` writes, as the inside of a string.
pub(super) struct Escaped<'w, 'b>(pub(super) &'w mut Pass<'b>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escaped(self.0, text.as_bytes());
        self.0.result()
    }
}
