//! A driver of virtio's network device over MMIO (virtio 1.2, sections 4.2 and 5.1): one frame at a time is sent.
//!
//! Of the features it takes the MAC address and none for checksums: smoltcp computes them.

use core::sync::atomic::{AtomicUsize, Ordering};

use riscv::asm::fence;

use super::queue::{DEVICE_WRITES, Queue, QueueMemory};
use super::virtio::Place;

/// The type of the device (section 5).
const NETWORK: u32 = 1;

// Registers (section 4.2.2).
const INTERRUPT_STATUS: usize = 0x60;
const INTERRUPT_ACKNOWLEDGE: usize = 0x64;
const MAC_ADDRESS: usize = 0x100;

/// Feature bits, in two words: the device has a MAC address, and it is not one of before virtio 1.0.
const FEATURES: [u32; 2] = [1 << 5, 1];

/// The queues by number: for received frames, for frames to be sent.
const RX: usize = 0;
const TX: usize = 1;
/// The frames that are received while the processor is busy; QEMU keeps further ones.
const RX_BUFFERS: usize = 2;
/// The header of each frame (section 5.1.6), all zeros without the features that fill it.
const HEADER: usize = 12;

/// The longest frame: an IP packet of 576 bytes, which every host has to accept (RFC 1122 section 3.3.2). A TCP segment of one fills a
/// receive buffer of 512 bytes. The device drops longer frames.
pub const MAX_FRAME: usize = 14 + 576;
const BYTES: usize = HEADER + MAX_FRAME;

static RX_MEMORY: QueueMemory<RX_BUFFERS, BYTES> = QueueMemory::new();
static TX_MEMORY: QueueMemory<1, BYTES> = QueueMemory::new();
/// The place of the device, 0 until it is found.
static PLACE_FOUND: AtomicUsize = AtomicUsize::new(0);

/// Returns the place of the device.
fn place() -> Place {
    Place(PLACE_FOUND.load(Ordering::Relaxed))
}

/// The network device.
pub struct Mac(Option<Queues>);

struct Queues {
    rx: Queue<RX_BUFFERS, BYTES>,
    tx: Queue<1, BYTES>,
}

impl Mac {
    /// Returns a device that is not started.
    #[must_use]
    pub const fn stopped() -> Self {
        Self(None)
    }

    /// Starts the device (section 3.1.1).
    ///
    /// # Panics
    /// Panics if there is no network device of virtio 1.0 or later, or if it is started already.
    pub fn start(&mut self) {
        let Some(place) = Place::find(NETWORK) else { panic!("there is no network device of virtio 1.0") };
        PLACE_FOUND.store(place.0, Ordering::Relaxed);
        let (rx, tx) = (Queue::new(&RX_MEMORY, DEVICE_WRITES, true), Queue::new(&TX_MEMORY, 0, false));
        place.reset(FEATURES);
        place.set_queue(RX, RX_BUFFERS, RX_MEMORY.addresses());
        place.set_queue(TX, 1, TX_MEMORY.addresses());
        place.start();
        let queues = self.0.insert(Queues { rx, tx });
        while let Some(index) = queues.rx.owned() {
            queues.rx.offer(index, BYTES);
        }
        place.notify(RX);
    }

    /// Returns the MAC address.
    #[must_use]
    pub fn address(&self) -> [u8; 6] {
        core::array::from_fn(|byte| place().register(MAC_ADDRESS + byte).read_byte())
    }

    /// Returns true if a frame has been received.
    #[must_use]
    pub fn has_frame() -> bool {
        RX_MEMORY.has_used()
    }

    /// Acknowledges the interrupt.
    pub(super) fn acknowledge() {
        let status = place().register(INTERRUPT_STATUS).read();
        place().register(INTERRUPT_ACKNOWLEDGE).write(status);
        // The acknowledgement is before every look at a queue.
        fence();
    }

    /// Returns the next received frame with a buffer for a reply.
    pub fn receive(&mut self) -> Option<(RxFrame<'_>, TxBuffer<'_>)> {
        let Queues { rx, tx } = self.0.as_mut()?;
        let (index, written) = rx.take_used()?;
        Some((RxFrame { queue: rx, index, written: written.min(BYTES) }, TxBuffer(tx)))
    }

    /// Returns the buffer for a frame to be sent, `None` before the start.
    pub fn tx_buffer(&mut self) -> Option<TxBuffer<'_>> {
        self.0.as_mut().map(|queues| TxBuffer(&mut queues.tx))
    }
}

/// A received frame. Dropping it gives its buffer back to the device.
pub struct RxFrame<'a> {
    queue: &'a mut Queue<RX_BUFFERS, BYTES>,
    index: u16,
    written: usize,
}

impl RxFrame<'_> {
    /// Calls `read` with the frame.
    pub(crate) fn read<R>(self, read: impl FnOnce(&mut [u8]) -> R) -> R {
        read(self.queue.buffer(self.index).get_mut(HEADER..self.written).unwrap_or(&mut []))
    }
}

impl Drop for RxFrame<'_> {
    fn drop(&mut self) {
        if self.queue.offer(self.index, BYTES) {
            place().notify(RX);
        }
    }
}

/// The buffer for a frame to be sent.
pub struct TxBuffer<'a>(&'a mut Queue<1, BYTES>);

impl TxBuffer<'_> {
    /// Sends a frame of `length` bytes, at most [`MAX_FRAME`], that `fill` writes. Blocks until the previous frame is sent.
    pub(crate) fn send<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        let index = loop {
            self.0.take_used();
            if let Some(index) = self.0.owned() {
                break index;
            }
        };
        let (header, frame) = self.0.buffer(index).split_at_mut(HEADER);
        header.fill(0);
        let result = fill(&mut frame[..length]);
        if self.0.offer(index, HEADER + length) {
            place().notify(TX);
        }
        result
    }
}
