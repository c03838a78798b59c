//! Naive readers of what the core reads, written with the heap and the standard library, and checks that both read the same.
//!
//! The checks take any bytes: the tests give them all short texts, the fuzz targets long ones.

pub mod cookies;
pub mod credentials;
pub mod forms;
pub mod routes;
pub mod set_cookies;

use bantam::wire::{Headers, request_head};

/// Calls `check` with every text over `alphabet` of up to `longest` bytes. Returns how many there were.
pub fn for_each_text(alphabet: &[u8], longest: usize, mut check: impl FnMut(&[u8])) -> usize {
    let (mut texts, mut count) = (vec![Vec::new()], 0);
    for length in 0..=longest {
        let mut longer = Vec::new();
        for text in texts {
            check(&text);
            count += 1;
            if length < longest {
                longer.extend(alphabet.iter().map(|byte| [&text[..], &[*byte]].concat()));
            }
        }
        texts = longer;
    }
    count
}

/// Returns true if `text` can be the value of a field in one line.
pub(crate) fn is_value(text: &[u8]) -> bool {
    text.iter().all(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f)
}

/// Calls `check` with the fields of a request that has this field in each line.
pub(crate) fn with_fields(name: &str, values: &[&[u8]], check: impl FnOnce(Headers<'_>)) {
    let mut head = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    for value in values {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.extend_from_slice(b"\r\n");
    let (_, head) = request_head(&head).expect("a valid head");
    check(head.headers);
}
