//! The functions of the C library that Mbed TLS calls and that neither `heap.rs` has nor the compiler's library.

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;

/// Returns the order of two strings.
///
/// # Safety
/// Both end with zero.
#[unsafe(no_mangle)]
unsafe extern "C" fn strcmp(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: the caller's.
    let (left, right) = unsafe { (CStr::from_ptr(left), CStr::from_ptr(right)) };
    left.cmp(right) as c_int
}

/// Returns the first place of a character, which may be the zero at the end, or null.
///
/// # Safety
/// The string ends with zero.
#[unsafe(no_mangle)]
unsafe extern "C" fn strchr(text: *const c_char, character: c_int) -> *const c_char {
    // SAFETY: the caller's.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes_with_nul();
    match bytes.iter().position(|byte| *byte == character as u8) {
        Some(place) => text.wrapping_add(place),
        None => null(),
    }
}

/// Returns the first place of a string in another, or null.
///
/// # Safety
/// Both end with zero.
#[unsafe(no_mangle)]
unsafe extern "C" fn strstr(text: *const c_char, part: *const c_char) -> *const c_char {
    // SAFETY: the caller's.
    let (bytes, part) = unsafe { (CStr::from_ptr(text).to_bytes(), CStr::from_ptr(part).to_bytes()) };
    match (0..=bytes.len()).find(|place| bytes.get(*place..).is_some_and(|rest| rest.starts_with(part))) {
        Some(place) => text.wrapping_add(place),
        None => null(),
    }
}
