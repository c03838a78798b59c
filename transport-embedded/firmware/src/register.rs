//! A memory-mapped 32-bit register.

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
        // SAFETY: as above; the peripherals do not write to memory (no DMA).
        unsafe { write_volatile(self.0 as *mut u32, value) }
    }
}
