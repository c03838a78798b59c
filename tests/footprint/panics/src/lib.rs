//! Exported functions that call the core with arbitrary bytes, linked to be searched for panics.
//!
//! Invariant: a panic in the linked code is one that the compiler could not prove unreachable.

#![no_std]

mod bodies;
mod pages;
mod server;
mod wire;

use core::panic::PanicInfo;

unsafe extern "C" {
    /// Not defined anywhere.
    fn a_panic_can_be_reached(info: *const ()) -> !;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: never run. The argument keeps the compiler from merging two panics.
    unsafe { a_panic_can_be_reached(core::ptr::from_ref(info).cast()) }
}

/// The bytes of a C caller.
///
/// # Safety
/// As for [`core::slice::from_raw_parts`].
unsafe fn bytes<'a>(at: *const u8, length: usize) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(at, length) }
}

/// Panics that the search has to find.
#[cfg(feature = "index")]
#[unsafe(no_mangle)]
pub extern "C" fn index(at: *const u8, length: usize, place: usize) -> u8 {
    // SAFETY: this is never run.
    let input = unsafe { bytes(at, length) };
    assert!(length != place + 7, "{place} is not the expected place");
    input[place]
}
