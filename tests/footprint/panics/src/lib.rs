//! Law: what is exported here is reached with any bytes whatsoever; a panic that is left in the linked code can be reached,
//! for all that the compiler could prove.

#![no_std]

mod server;
mod wire;

use core::panic::PanicInfo;

unsafe extern "C" {
    /// Nobody defines it.
    fn a_panic_can_be_reached(info: *const ()) -> !;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: nothing that calls it is ever run. It is told what the panic says, so that no two of them are merged into one.
    unsafe { a_panic_can_be_reached(core::ptr::from_ref(info).cast()) }
}

/// Bytes that came from C, for the functions that are exported.
///
/// # Safety
/// As for [`core::slice::from_raw_parts`].
unsafe fn bytes<'a>(at: *const u8, length: usize) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(at, length) }
}

/// What a check has to find, or it finds nothing.
#[cfg(feature = "index")]
#[unsafe(no_mangle)]
pub extern "C" fn index(at: *const u8, length: usize, place: usize) -> u8 {
    // SAFETY: this is never run.
    let input = unsafe { bytes(at, length) };
    assert!(length != place + 7, "{place} is not what was expected");
    input[place]
}
