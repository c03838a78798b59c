//! The heap of Mbed TLS: `calloc` and `free` over a static, with a count of the bytes in use.
//! Invariant: every block has its size in front of it, so that `free` needs none.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr::{addr_of_mut, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use embedded_alloc::LlffHeap;

/// The size of the heap: three connections in their handshakes, the key, and what fragments.
const SIZE: usize = if cfg!(feature = "whole-records") { 84 } else { 48 } * 1024;
/// The alignment of a block, and the size of what is in front of it.
const ALIGN: usize = 8;

static HEAP: LlffHeap = LlffHeap::empty();
static mut MEMORY: [u64; SIZE / 8] = [0; SIZE / 8];
static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Gives the heap its memory.
///
/// # Panics
/// Panics at the second call.
pub fn start() {
    // SAFETY: nothing else refers to the static, and a heap that has memory refuses another.
    unsafe { HEAP.init(addr_of_mut!(MEMORY) as usize, SIZE) };
}

/// Returns the bytes in use.
pub fn used() -> usize {
    USED.load(Relaxed)
}

/// Returns the most bytes that have been in use at once.
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

/// Returns zeroed memory, or null if there is not so much.
#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let bytes = count.checked_mul(size).and_then(|bytes| bytes.checked_add(ALIGN));
    let Some(layout) = bytes.and_then(|bytes| Layout::from_size_align(bytes, ALIGN).ok()) else {
        return null_mut();
    };
    // SAFETY: the size of the layout is not zero.
    let block = unsafe { HEAP.alloc_zeroed(layout) };
    if block.is_null() {
        return null_mut();
    }
    // One hart, and no interrupt allocates.
    let used = USED.load(Relaxed) + layout.size();
    USED.store(used, Relaxed);
    PEAK.store(used.max(PEAK.load(Relaxed)), Relaxed);
    // SAFETY: the block has room for its size, and is aligned for it.
    unsafe {
        block.cast::<usize>().write(layout.size());
        block.add(ALIGN).cast()
    }
}

/// Gives back memory of [`calloc`]; null is ignored.
///
/// # Safety
/// The pointer is null or one that `calloc` has returned and that has not been freed.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(pointer: *mut c_void) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: the size is in front of the block, and is that of its layout.
    unsafe {
        let block = pointer.cast::<u8>().sub(ALIGN);
        let size = block.cast::<usize>().read();
        USED.store(USED.load(Relaxed) - size, Relaxed);
        HEAP.dealloc(block, Layout::from_size_align_unchecked(size, ALIGN));
    }
}
