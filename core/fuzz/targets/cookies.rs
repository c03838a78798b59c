//! Fuzz target: the cookies of a request, RFC 6265 section 4.2.
//!
//! Invariant: the core finds what a naive reader finds.

#![no_main]

use bantam_tests::naive::cookies;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| cookies::check(data));
