//! Fuzz target: the patterns of routes, matched against the paths of requests.
//!
//! Invariant: the core finds the route that a naive router finds, with the same parameters, or refuses as it does.

#![no_main]

use bantam_tests::naive::routes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [table, method, target @ ..] = data else { return };
    let method =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"][usize::from(method % 8)];
    routes::check(usize::from(*table), method, target);
});
