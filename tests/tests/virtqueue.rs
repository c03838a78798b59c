//! Tests of the firmware's `virt/queue.rs`, the virtqueue of its network driver, on the host with a simulated device.
//! Invariant: what the device writes into a buffer is what the driver reads, in whatever order the device uses the buffers, and no buffer
//! has two owners.

#[path = "../../transport-embedded/firmware/src/virt/queue.rs"]
#[allow(unreachable_pub, reason = "it is a part of the firmware")]
mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};

use queue::{DEVICE_WRITES, Queue, QueueMemory};

const BYTES: usize = 20;

/// The device's side of a queue, by the addresses that its driver tells it (virtio 1.2, section 2.7).
struct Device {
    descriptors: usize,
    available: usize,
    used: usize,
    size: u16,
    next_available: u16,
    next_used: u16,
}

impl Device {
    fn new<const N: usize>(memory: &'static QueueMemory<N, BYTES>) -> Self {
        let [descriptors, available, used] = memory.addresses();
        assert_eq!((descriptors % 16, available % 2, used % 4), (0, 0, 0), "section 2.7");
        Self { descriptors, available, used, size: N as u16, next_available: 0, next_used: 0 }
    }

    fn read<T>(address: usize) -> T {
        // SAFETY: the address is in the static memory of the queue, and the test has one thread.
        unsafe { (address as *const T).read_volatile() }
    }

    fn write<T>(address: usize, value: T) {
        // SAFETY: as above.
        unsafe { (address as *mut T).write_volatile(value) }
    }

    /// Takes the next available descriptor: its index, address and length.
    fn take(&mut self) -> Option<(u16, usize, usize)> {
        let ring = self.available + 4;
        if Self::read::<u16>(self.available + 2) == self.next_available {
            return None;
        }
        let index: u16 = Self::read(ring + 2 * usize::from(self.next_available % self.size));
        self.next_available = self.next_available.wrapping_add(1);
        let descriptor = self.descriptors + 16 * usize::from(index);
        assert_eq!(Self::read::<u16>(descriptor + 12), DEVICE_WRITES);
        Some((index, Self::read::<u64>(descriptor) as usize, Self::read::<u32>(descriptor + 8) as usize))
    }

    fn give_back(&mut self, index: u32, written: u32) {
        let entry = self.used + 4 + 8 * usize::from(self.next_used % self.size);
        Self::write(entry, index);
        Self::write(entry + 4, written);
        self.next_used = self.next_used.wrapping_add(1);
        Self::write(self.used + 2, self.next_used);
    }
}

/// Moves buffers to and fro, in an order by chance, until both indices have wrapped.
fn run<const N: usize>(memory: &'static QueueMemory<N, BYTES>) {
    let (mut queue, mut device) = (Queue::new(memory, DEVICE_WRITES, true), Device::new(memory));
    let (mut of_device, mut expected) = (Vec::new(), std::collections::VecDeque::new());
    let (mut random, mut received, mut held) = (N as u32, 0_u32, Vec::new());
    while let Some(index) = queue.owned() {
        queue.offer(index, BYTES);
    }
    assert!(!memory.has_used());
    while received < 70_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match random >> 30 {
            0 => of_device.extend(device.take()),
            1 if !held.is_empty() => {
                queue.offer(held.swap_remove(0), BYTES);
            }
            2 if !of_device.is_empty() => {
                let (index, address, length) = of_device.swap_remove(random as usize / 7 % of_device.len());
                let bytes: [u8; BYTES] = std::array::from_fn(|at| (random as usize + at * 3) as u8);
                Device::write(address, bytes);
                device.give_back(index.into(), length as u32);
                expected.push_back((index, bytes));
                assert!(memory.has_used());
            }
            _ => {
                let used = queue.take_used();
                assert_eq!(used.map(|(index, _)| index), expected.front().map(|(index, _)| *index));
                if let (Some((index, written)), Some((_, bytes))) = (used, expected.pop_front()) {
                    assert_eq!((written, *queue.buffer(index)), (BYTES, bytes));
                    held.push(index);
                    received += 1;
                }
                if held.is_empty() {
                    assert_eq!(memory.has_used(), !expected.is_empty());
                }
            }
        }
    }
}

#[test]
fn the_driver_reads_what_the_device_has_written_in_any_order() {
    static ONE: QueueMemory<1, BYTES> = QueueMemory::new();
    static TWO: QueueMemory<2, BYTES> = QueueMemory::new();
    static EIGHT: QueueMemory<8, BYTES> = QueueMemory::new();
    run(&ONE);
    run(&TWO);
    run(&EIGHT);
}

#[test]
fn a_buffer_of_the_device_is_neither_lent_nor_offered_again() {
    static MEMORY: QueueMemory<2, BYTES> = QueueMemory::new();
    let mut queue = Queue::new(&MEMORY, DEVICE_WRITES, false);
    assert!(queue.offer(1, 5), "the device wants to be notified");
    for misuse in [
        (|queue| {
            queue.offer(1, 5);
        }) as fn(&mut Queue<2, BYTES>),
        |queue| queue.buffer(1).fill(0),
        // There are two.
        |queue| queue.buffer(2).fill(0),
        |queue| {
            queue.offer(0, BYTES + 1);
        },
    ] {
        assert!(catch_unwind(AssertUnwindSafe(|| misuse(&mut queue))).is_err());
    }
    queue.buffer(0).fill(1);
    assert!(catch_unwind(|| Queue::new(&MEMORY, DEVICE_WRITES, false)).is_err(), "one driver for a memory");
}

#[test]
fn an_index_that_the_device_does_not_have_is_ignored() {
    static MEMORY: QueueMemory<2, BYTES> = QueueMemory::new();
    let (mut queue, mut device) = (Queue::new(&MEMORY, DEVICE_WRITES, true), Device::new(&MEMORY));
    queue.offer(0, BYTES);
    for index in [1, 2, 0x1_0000, u32::MAX] {
        device.give_back(index, 1);
        assert_eq!(queue.take_used(), None);
    }
    device.give_back(0, 7);
    assert_eq!(queue.take_used(), Some((0, 7)));
}
