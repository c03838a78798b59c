//! A memory-mapped register of 32 or 8 bits.

use core::ptr::{read_volatile, write_volatile};

/// The address of a register. Only this file dereferences raw register addresses.
#[derive(Clone, Copy)]
pub(crate) struct Register(usize);

impl Register {
    /// Returns the register at an address of the data sheet.
    pub(crate) const fn at(address: usize) -> Self {
        Self(address)
    }

    pub(crate) fn read(self) -> u32 {
        // SAFETY: every `Register` of this crate has an address of the data sheet: aligned, always mapped, and no memory of a
        // Rust object.
        unsafe { read_volatile(self.0 as *const u32) }
    }

    pub(crate) fn write(self, value: u32) {
        // SAFETY: as above. A peripheral that writes to memory (virtio) gets addresses of a `virt::queue` alone, whose
        // buffers are borrowed only while they are the driver's.
        unsafe { write_volatile(self.0 as *mut u32, value) }
    }

    /// Reads a register of 8 bits.
    #[cfg(feature = "virt")]
    pub(crate) fn read_byte(self) -> u8 {
        // SAFETY: as above.
        unsafe { read_volatile(self.0 as *const u8) }
    }

    /// Writes a register of 8 bits.
    #[cfg(feature = "virt")]
    pub(crate) fn write_byte(self, value: u8) {
        // SAFETY: as above.
        unsafe { write_volatile(self.0 as *mut u8, value) }
    }
}
