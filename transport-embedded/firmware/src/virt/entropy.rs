//! A driver of virtio's entropy device over MMIO (virtio 1.2, sections 4.2 and 5.4): random bytes of the host.
//! Invariant: every byte of [`EntropySource::fill`] is the device's, or it fails.

use core::time::Duration;

use super::clock;
use super::queue::{DEVICE_WRITES, Queue, QueueMemory};
use super::virtio::Place;

/// The type of the device (section 5).
const ENTROPY: u32 = 4;
/// Feature bits, in two words: the device is not one of before virtio 1.0.
const FEATURES: [u32; 2] = [0, 1];
/// The bytes of one request.
const BYTES: usize = 64;
/// How long the device may take for one request. The host may have to gather entropy.
const LIMIT: Duration = Duration::from_secs(10);

static MEMORY: QueueMemory<1, BYTES> = QueueMemory::new();

/// The entropy device.
pub struct EntropySource {
    place: Place,
    queue: Queue<1, BYTES>,
}

/// The device has returned nothing for ten seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoEntropy;

impl EntropySource {
    /// Starts the device. Returns `None` if the machine has none of virtio 1.0 or later.
    ///
    /// # Panics
    /// Panics at the second call.
    #[must_use]
    pub fn start() -> Option<Self> {
        let place = Place::find(ENTROPY)?;
        let queue = Queue::new(&MEMORY, DEVICE_WRITES, false);
        place.reset(FEATURES);
        place.set_queue(0, 1, MEMORY.addresses());
        place.start();
        Some(Self { place, queue })
    }

    /// Fills `bytes` with random bytes. Blocks until the device has returned them.
    ///
    /// # Errors
    /// Fails if the device is silent for ten seconds. Every later call fails, too.
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let mut rest = bytes;
        let mut since = clock::time();
        while !rest.is_empty() {
            let index = self.queue.owned().ok_or(NoEntropy)?;
            if self.queue.offer(index, BYTES) {
                self.place.notify(0);
            }
            let written = loop {
                match self.queue.take_used() {
                    Some((_, written)) => break written.min(BYTES),
                    None if clock::is_over(since, LIMIT) => return Err(NoEntropy),
                    None => {}
                }
            };
            let buffer = self.queue.buffer(index);
            let count = written.min(rest.len());
            let (filled, after) = rest.split_at_mut(count);
            filled.copy_from_slice(&buffer[..count]);
            // The bytes may become a key: no copy stays behind.
            buffer.fill(0);
            rest = after;
            if count > 0 {
                since = clock::time();
            } else if clock::is_over(since, LIMIT) {
                return Err(NoEntropy);
            }
        }
        Ok(())
    }
}
