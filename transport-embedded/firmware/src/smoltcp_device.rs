//! The Ethernet controller as a smoltcp device: one frame at a time in each direction.

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use crate::mac::{MAX_FRAME, Mac, RxFrame, TxBuffer};

impl Device for Mac {
    type RxToken<'a> = RxFrame<'a>;
    type TxToken<'a> = TxBuffer<'a>;

    fn receive(&mut self, _: Instant) -> Option<(RxFrame<'_>, TxBuffer<'_>)> {
        self.receive()
    }

    fn transmit(&mut self, _: Instant) -> Option<TxBuffer<'_>> {
        Some(self.tx_buffer())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

impl phy::RxToken for RxFrame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl phy::TxToken for TxBuffer<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        self.send(length, fill)
    }
}
