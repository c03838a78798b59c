//! Fuzz target: request targets, queries and percent-encoding, RFC 9112 section 3.2 and RFC 3986.
//!
//! Invariant: each part of an accepted URI is valid, and no pair decodes to more bytes than it had.

#![no_main]

use bantam::wire::{Method, PercentEncoded, Query, Uri, authority, members};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for method in [Method::Get, Method::Connect, Method::Options] {
        if let Ok(uri) = Uri::target(method, data) {
            assert!(data.is_ascii() && uri.fragment.is_none());
            assert!(
                !uri.path.contains(['?', '#', ' ']) && (method == Method::Connect || !uri.path.is_empty())
            );
            if uri.authority.is_none() {
                assert_eq!(data.len(), uri.path.len() + uri.query.map_or(0, |query| query.len() + 1));
            }
        }
    }
    let _ = (Uri::parse(data), authority(data));
    for (name, value) in Query::new(data) {
        for text in [name, value] {
            assert!(text.bytes().count() <= text.raw().len());
            let mut memory = vec![0; text.raw().len()];
            assert!(text.decode(&mut memory).is_some_and(|decoded| text.bytes().eq(decoded.iter().copied())));
        }
    }
    assert!(PercentEncoded::path(data).bytes().count() <= data.len());
    assert!(members(data).all(|member| !member.is_empty()));
});
