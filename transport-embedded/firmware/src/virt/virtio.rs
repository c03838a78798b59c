//! A place of the machine for a virtio device over MMIO (virtio 1.2, section 4.2): finds a device, and takes the steps of its start.

use riscv::asm::fence;

use crate::register::Register;

/// The machine has eight places for a device. Each has an interrupt, from 1 on.
const PLACES: usize = 0x1000_1000;
const PLACE: usize = 0x1000;
/// The interrupts of the places.
pub(super) const INTERRUPTS: core::ops::RangeInclusive<u32> = 1..=8;

// Registers (section 4.2.2).
const MAGIC: usize = 0x00;
const VERSION: usize = 0x04;
const DEVICE: usize = 0x08;
const DEVICE_FEATURES: usize = 0x10;
const DEVICE_FEATURES_WORD: usize = 0x14;
const DRIVER_FEATURES: usize = 0x20;
const DRIVER_FEATURES_WORD: usize = 0x24;
const QUEUE: usize = 0x30;
const QUEUE_SIZE: usize = 0x38;
const QUEUE_READY: usize = 0x44;
const NOTIFY: usize = 0x50;
const STATUS: usize = 0x70;
/// The addresses of the descriptors, of the available and of the used ring: a low and a high word each.
const QUEUE_ADDRESSES: [usize; 3] = [0x80, 0x90, 0xa0];

// Bits of the status (section 2.1).
const FOUND: u32 = 1;
const HAS_DRIVER: u32 = 2;
const DRIVER_OK: u32 = 4;
const FEATURES_OK: u32 = 8;

/// The address of a place.
#[derive(Clone, Copy)]
pub(super) struct Place(pub(super) usize);

impl Place {
    /// Returns the place of the first device of a type (section 5), of virtio 1.0 or later.
    pub(super) fn find(device: u32) -> Option<Self> {
        INTERRUPTS.map(|number| Self(PLACES + (number as usize - 1) * PLACE)).find(|place| {
            let [magic, version, found] =
                [MAGIC, VERSION, DEVICE].map(|offset| place.register(offset).read());
            (magic, version, found) == (u32::from_le_bytes(*b"virt"), 2, device)
        })
    }

    /// Returns a register of the device.
    pub(super) const fn register(self, offset: usize) -> Register {
        Register::at(self.0 + offset)
    }

    /// Resets the device and agrees on `features`, in two words (section 3.1.1). The queues follow, then [`Self::start`].
    ///
    /// # Panics
    /// Panics if the device lacks a feature or wants others.
    pub(super) fn reset(self, features: [u32; 2]) {
        self.register(STATUS).write(0);
        self.register(STATUS).write(FOUND | HAS_DRIVER);
        for (word, features) in features.into_iter().enumerate() {
            self.register(DEVICE_FEATURES_WORD).write(word as u32);
            assert!(self.register(DEVICE_FEATURES).read() & features == features, "a feature is missing");
            self.register(DRIVER_FEATURES_WORD).write(word as u32);
            self.register(DRIVER_FEATURES).write(features);
        }
        self.register(STATUS).write(FOUND | HAS_DRIVER | FEATURES_OK);
        assert!(self.register(STATUS).read() & FEATURES_OK != 0, "the device wants other features");
    }

    /// Tells the device where a queue is.
    pub(super) fn set_queue(self, number: usize, size: usize, addresses: [usize; 3]) {
        self.register(QUEUE).write(number as u32);
        self.register(QUEUE_SIZE).write(size as u32);
        for (offset, address) in QUEUE_ADDRESSES.into_iter().zip(addresses) {
            self.register(offset).write(address as u32);
            self.register(offset + 4).write(0);
        }
        self.register(QUEUE_READY).write(1);
    }

    /// Lets the device use its queues.
    pub(super) fn start(self) {
        self.register(STATUS).write(FOUND | HAS_DRIVER | FEATURES_OK | DRIVER_OK);
    }

    /// Tells the device that a queue has new buffers.
    pub(super) fn notify(self, queue: usize) {
        // Memory before the register: the atomics of the queue order memory alone.
        fence();
        self.register(NOTIFY).write(queue as u32);
    }
}
