//! A refusal as problem details in JSON (RFC 9457), for clients that prefer JSON to HTML (feature `problem-json`).
//! Invariant: what is made is valid JSON, whatever the sentence of a refusal is; without a preference the form is HTML.

use core::iter::from_fn;

use crate::slice::split_at;
use crate::wire::{Status, request_head};

/// What the request of a refusal accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// The head was not understood, and has no usable `Accept`.
    Unknown,
    /// HTML, or none of both more than the other: see [`Headers::prefers_json`](crate::wire::Headers::prefers_json).
    Html,
    /// JSON rather than HTML.
    Json,
}

impl Accepted {
    /// What the request with this head accepts.
    pub(super) fn of(head: &[u8]) -> Self {
        match request_head(head) {
            Ok((_, head)) if head.headers.prefers_json() => Self::Json,
            Ok(_) => Self::Html,
            Err(_) => Self::Unknown,
        }
    }
}

/// The fields of a response of JSON.
pub(super) const FIELDS: &[(&str, &str)] =
    &[("Content-Type", "application/problem+json"), ("Vary", "Accept")];

/// The JSON of a refusal, in pieces. A status without a reason phrase has no title.
pub(super) fn pieces<'p>(
    digits: &'p [u8; 3],
    status: Status,
    detail: &'static str,
) -> impl Iterator<Item = &'p [u8]> + Clone {
    let title = status.reason();
    let front: [&[u8]; 3] =
        if title.is_empty() { [b"{", b"", b""] } else { [b"{\"title\":\"", title.as_bytes(), b"\","] };
    let middle: [&[u8]; 3] = [b"\"status\":", digits, b",\"detail\":\""];
    let mut rest = detail.as_bytes();
    // Not `split_inclusive`, in which the compiler leaves a panic.
    let detail = from_fn(move || {
        let (first, behind) = rest.split_first()?;
        let (piece, later) = match escape(*first) {
            Some(escaped) => (escaped, behind),
            None => split_at(rest, rest.iter().take_while(|byte| escape(**byte).is_none()).count()),
        };
        rest = later;
        Some(piece)
    });
    front.into_iter().chain(middle).chain(detail).chain([&b"\"}\n"[..]])
}

/// What stands in a JSON string for a byte that cannot stand there itself. A control is a blank.
const fn escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'"' => Some(b"\\\""),
        b'\\' => Some(b"\\\\"),
        ..b' ' => Some(b" "),
        _ => None,
    }
}
