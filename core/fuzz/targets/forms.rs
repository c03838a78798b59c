//! Fuzz target: the values of queries and forms, decoded, parsed and escaped for HTML.
//!
//! Invariant: the core finds what a naive reader finds.

#![no_main]

use bantam_tests::naive::forms;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| forms::check(data));
