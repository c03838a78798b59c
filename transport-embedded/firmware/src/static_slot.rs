//! A static of fixed size for a value whose type has no name, as that of a future.
//! Invariant: a slot is initialised at most once.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};

/// `BYTES` bytes of static memory for one value, which lives for ever.
#[repr(C, align(8))]
pub struct StaticSlot<const BYTES: usize> {
    bytes: UnsafeCell<[MaybeUninit<u8>; BYTES]>,
    taken: AtomicBool,
}

// SAFETY: `init` gives out the bytes once, to one caller.
unsafe impl<const BYTES: usize> Sync for StaticSlot<BYTES> {}

impl<const BYTES: usize> StaticSlot<BYTES> {
    /// Returns an empty slot.
    #[must_use]
    pub const fn empty() -> Self {
        Self { bytes: UnsafeCell::new([MaybeUninit::uninit(); BYTES]), taken: AtomicBool::new(false) }
    }

    /// Moves a value into the slot. A value that does not fit is a compile error.
    ///
    /// # Panics
    /// Panics at the second call.
    #[allow(clippy::mut_from_ref, reason = "only the first call returns a reference")]
    pub fn init<T>(&'static self, value: T) -> Pin<&'static mut T> {
        const {
            assert!(size_of::<T>() <= BYTES, "the value is larger than its slot");
            assert!(align_of::<T>() <= 8, "the value needs a larger alignment");
        }
        // The chips have one core, and no interrupt calls this.
        assert!(!self.taken.load(Ordering::Relaxed), "the slot is taken");
        self.taken.store(true, Ordering::Relaxed);
        let place = self.bytes.get().cast::<T>();
        // SAFETY: the bytes are large enough and aligned (checked above), no other reference to them exists or will exist
        // (`taken`), and the value is never moved.
        unsafe {
            place.write(value);
            Pin::new_unchecked(&mut *place)
        }
    }
}
