//! Calls picohttpparser, which is written in C: the only `unsafe` code of the package.

use std::mem::MaybeUninit;
use std::ptr::null;

use picohttpparser_sys::{phr_header, phr_parse_request};

/// Parses a request head into at most 64 fields. Returns their number.
pub fn request(head: &[u8]) -> usize {
    let (mut method, mut path, mut minor) = (null(), null(), 0);
    let (mut method_length, mut path_length, mut count) = (0, 0, 64);
    let mut fields = MaybeUninit::<[phr_header; 64]>::uninit();
    // SAFETY: every pointer is valid for writes, and `count` is the length of `fields`. The function writes to them before it
    // reads them.
    let end = unsafe {
        phr_parse_request(
            head.as_ptr().cast(),
            head.len(),
            &mut method,
            &mut method_length,
            &mut path,
            &mut path_length,
            &mut minor,
            fields.as_mut_ptr().cast(),
            &mut count,
            0,
        )
    };
    assert!(end > 0);
    std::hint::black_box((method, path, minor, &fields));
    count
}
