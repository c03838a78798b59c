//! Law: a register is read and written whole, in the order of the program, and nowhere else is there a raw address.

use core::ptr::{read_volatile, write_volatile};

/// A 32-bit register of this chip.
#[derive(Clone, Copy)]
pub(crate) struct Register(usize);

impl Register {
    /// The register at an address that the data sheet names.
    pub(crate) const fn at(address: usize) -> Self {
        Self(address)
    }

    pub(crate) fn read(self) -> u32 {
        // SAFETY: every `Register` of this crate is at an address of the data sheet, aligned and always mapped; none of
        // them is memory that Rust knows of.
        unsafe { read_volatile(self.0 as *const u32) }
    }

    pub(crate) fn write(self, value: u32) {
        // SAFETY: as above; the devices behind them move no data of ours on their own (no DMA).
        unsafe { write_volatile(self.0 as *mut u32, value) }
    }
}
