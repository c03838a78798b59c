//! Law: what lives as long as the program lies where it can be counted: in a static, and not on the stack of `main`.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};

/// Room for one value whose type has no name, as that of a future: a static of `BYTES` bytes, for a value that needs no
/// more of them.
#[repr(C, align(8))]
pub struct Place<const BYTES: usize> {
    bytes: UnsafeCell<[MaybeUninit<u8>; BYTES]>,
    taken: AtomicBool,
}

// SAFETY: only one caller ever gets at the bytes, see `put`.
unsafe impl<const BYTES: usize> Sync for Place<BYTES> {}

impl<const BYTES: usize> Place<BYTES> {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: UnsafeCell::new([MaybeUninit::uninit(); BYTES]), taken: AtomicBool::new(false) }
    }

    /// Puts a value there, for good. One that does not fit does not compile.
    ///
    /// # Panics
    /// The second time.
    #[allow(clippy::mut_from_ref, reason = "it is given once, and never again")]
    pub fn put<T>(&'static self, value: T) -> Pin<&'static mut T> {
        const {
            assert!(size_of::<T>() <= BYTES, "the value is larger than its place");
            assert!(align_of::<T>() <= 8, "the value wants a rounder address");
        }
        // The chips here have one core, and no interrupt calls this.
        assert!(!self.taken.load(Ordering::Relaxed), "the place is taken");
        self.taken.store(true, Ordering::Relaxed);
        let place = self.bytes.get().cast::<T>();
        // SAFETY: large enough and aligned, as was made sure above; nobody else has got it or will; it is never moved.
        unsafe {
            place.write(value);
            Pin::new_unchecked(&mut *place)
        }
    }
}

impl<const BYTES: usize> Default for Place<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}
