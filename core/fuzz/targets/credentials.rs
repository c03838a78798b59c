//! Fuzz target: the field `Authorization` in the schemes Basic (RFC 7617) and Bearer (RFC 6750).
//!
//! Invariant: the core finds what a naive reader finds.

#![no_main]

use bantam_tests::naive::credentials;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| credentials::check(data));
