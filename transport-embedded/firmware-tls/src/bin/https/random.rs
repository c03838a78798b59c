//! [`DeviceRandom`]: the random bytes of Mbed TLS, all from virtio's entropy device.
//! Invariant: without bytes of the device the program ends.

use core::convert::Infallible;

use bantam_firmware::console;
use bantam_firmware::virt::entropy::EntropySource;
use rand_core::{TryCryptoRng, TryRng};

/// The entropy device as a generator.
pub struct DeviceRandom(EntropySource);

impl DeviceRandom {
    /// Starts the device. Returns `None` if there is none, or if it returns the same bytes twice.
    pub fn start() -> Option<Self> {
        let mut source = EntropySource::start()?;
        let [mut first, mut second] = [[0; 32]; 2];
        source.fill(&mut first).ok()?;
        source.fill(&mut second).ok()?;
        (first != second).then_some(Self(source))
    }
}

impl TryRng for DeviceRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        if self.0.fill(bytes).is_err() {
            console::print(b"the entropy device is silent\n");
            panic!("no key is made without it");
        }
        Ok(())
    }
}

impl TryCryptoRng for DeviceRandom {}
