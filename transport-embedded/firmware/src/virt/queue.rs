//! A split virtqueue (virtio 1.2, section 2.7) whose descriptors have a buffer of fixed size each, in static memory.
//! Invariant: a buffer belongs to the device from [`Queue::offer`] until [`Queue::take_used`] finds it in the used ring; only a
//! buffer of the driver is read or written here.
//!
//! What the device reads is stored before the index that publishes it (release), and what it has written is read after the
//! index that gives it back (acquire). Registers, and the order of memory before them, are in `mac.rs`, so that the host tests this file.

use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use core::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, fence};

/// Descriptor flag: the device writes to the buffer.
pub const DEVICE_WRITES: u16 = 2;
/// Flag of the available ring: the device need not interrupt. The same bit of the used ring: the driver need not notify.
const NOT_NEEDED: u16 = 1;

#[repr(C)]
struct Descriptor {
    address: [AtomicU32; 2],
    length: AtomicU32,
    flags: AtomicU16,
    next: AtomicU16,
}

/// The memory of a queue of `N` descriptors, a power of two, with `BYTES` bytes each.
// Aligned as the descriptors have to be; the rings need less.
#[repr(C, align(16))]
pub struct QueueMemory<const N: usize, const BYTES: usize> {
    descriptors: [Descriptor; N],
    available_flags: AtomicU16,
    available_index: AtomicU16,
    available: [AtomicU16; N],
    used: UsedRing<N>,
    buffers: [UnsafeCell<[u8; BYTES]>; N],
    taken: AtomicBool,
}

#[repr(C, align(4))]
struct UsedRing<const N: usize> {
    flags: AtomicU16,
    index: AtomicU16,
    /// The index of a descriptor, and how many bytes the device has written.
    ring: [[AtomicU32; 2]; N],
}

// SAFETY: all but the buffers is atomic, and these are used by the one `Queue` of this memory (`taken`).
unsafe impl<const N: usize, const BYTES: usize> Sync for QueueMemory<N, BYTES> {}

impl<const N: usize, const BYTES: usize> QueueMemory<N, BYTES> {
    /// Returns an empty queue. All zeros, so that it takes no flash.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N.is_power_of_two() && N <= 32, "a power of two that fits the owners' bits") };
        Self {
            descriptors: [const {
                Descriptor {
                    address: [const { AtomicU32::new(0) }; 2],
                    length: AtomicU32::new(0),
                    flags: AtomicU16::new(0),
                    next: AtomicU16::new(0),
                }
            }; N],
            available_flags: AtomicU16::new(0),
            available_index: AtomicU16::new(0),
            available: [const { AtomicU16::new(0) }; N],
            used: UsedRing {
                flags: AtomicU16::new(0),
                index: AtomicU16::new(0),
                ring: [const { [const { AtomicU32::new(0) }; 2] }; N],
            },
            buffers: [const { UnsafeCell::new([0; BYTES]) }; N],
            taken: AtomicBool::new(false),
        }
    }

    /// Returns true if the device has given back a buffer that [`Queue::take_used`] has not found yet and that the driver has
    /// not offered again, for a queue whose buffers are all offered.
    pub fn has_used(&self) -> bool {
        self.available_index.load(Relaxed).wrapping_sub(self.used.index.load(Relaxed)) as usize != N
    }

    /// Returns the addresses of the descriptors, of the available and of the used ring.
    pub fn addresses(&self) -> [usize; 3] {
        [
            &raw const self.descriptors as usize,
            &raw const self.available_flags as usize,
            &raw const self.used as usize,
        ]
    }
}

/// The driver's side of a queue.
pub struct Queue<const N: usize, const BYTES: usize> {
    memory: &'static QueueMemory<N, BYTES>,
    /// A bit for each buffer of the driver.
    owned: u32,
    next_available: u16,
    next_used: u16,
}

impl<const N: usize, const BYTES: usize> Queue<N, BYTES> {
    /// Returns a queue whose buffers are all the driver's. `flags` are those of every descriptor, `interrupts` is whether the
    /// device interrupts when it gives back a buffer.
    ///
    /// # Panics
    /// Panics at the second call for the same memory.
    pub fn new(memory: &'static QueueMemory<N, BYTES>, flags: u16, interrupts: bool) -> Self {
        // The machine has one hart, and no interrupt calls this.
        assert!(!memory.taken.load(Relaxed), "the queue is taken");
        memory.taken.store(true, Relaxed);
        memory.available_flags.store(if interrupts { 0 } else { NOT_NEEDED }, Relaxed);
        for (descriptor, buffer) in memory.descriptors.iter().zip(&memory.buffers) {
            let address = buffer.get() as u64;
            descriptor.address[0].store(address as u32, Relaxed);
            descriptor.address[1].store((address >> 32) as u32, Relaxed);
            descriptor.flags.store(flags, Relaxed);
        }
        Self { memory, owned: u32::MAX >> (32 - N), next_available: 0, next_used: 0 }
    }

    /// Returns the index of a buffer of the driver, `None` if all are the device's.
    pub fn owned(&self) -> Option<u16> {
        (self.owned != 0).then(|| self.owned.trailing_zeros() as u16)
    }

    /// Returns a buffer of the driver.
    ///
    /// # Panics
    /// Panics if the buffer is the device's.
    pub fn buffer(&mut self, index: u16) -> &mut [u8; BYTES] {
        assert!(self.owns(index), "the buffer is the device's");
        // SAFETY: the device does not touch the buffer before `offer`, which needs the mutable borrow that this one holds.
        unsafe { &mut *self.memory.buffers[usize::from(index) % N].get() }
    }

    /// Gives `length` bytes of a buffer of the driver to the device. Returns true if the device wants to be notified.
    ///
    /// # Panics
    /// Panics if the buffer is the device's already.
    pub fn offer(&mut self, index: u16, length: usize) -> bool {
        assert!(self.owns(index) && length <= BYTES, "the buffer is the device's");
        self.owned &= !(1 << index);
        self.memory.descriptors[usize::from(index) % N].length.store(length as u32, Relaxed);
        self.memory.available[usize::from(self.next_available) % N].store(index, Relaxed);
        self.next_available = self.next_available.wrapping_add(1);
        self.memory.available_index.store(self.next_available, Release);
        // The device sets its flag before it looks at the index for the last time.
        fence(SeqCst);
        self.memory.used.flags.load(Relaxed) & NOT_NEEDED == 0
    }

    /// Takes back the next buffer that the device has used. Returns its index, and how many bytes the device has written.
    /// Ignores an index that is none of a buffer of the device.
    pub fn take_used(&mut self) -> Option<(u16, usize)> {
        if self.memory.used.index.load(Acquire) == self.next_used {
            return None;
        }
        let [index, length] = &self.memory.used.ring[usize::from(self.next_used) % N];
        let (index, length) = (index.load(Relaxed), length.load(Relaxed));
        self.next_used = self.next_used.wrapping_add(1);
        if index as usize >= N || self.owns(index as u16) {
            return None;
        }
        self.owned |= 1 << index;
        Some((index as u16, length as usize))
    }

    fn owns(&self, index: u16) -> bool {
        self.owned >> (usize::from(index) % N) & 1 == 1 && usize::from(index) < N
    }
}
