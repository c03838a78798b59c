//! A driver of the LM3S6965's Ethernet controller (data sheet, section 16).

use crate::fifo;
use crate::register::Register;

const ACKNOWLEDGE: Register = Register::at(0x4004_8000);
const MASK: Register = Register::at(0x4004_8004);
const RECEIVE: Register = Register::at(0x4004_8008);
const TRANSMIT: Register = Register::at(0x4004_800c);
const DATA: Register = Register::at(0x4004_8010);
const ADDRESS: [Register; 2] = [Register::at(0x4004_8014), Register::at(0x4004_8018)];
const THRESHOLD: Register = Register::at(0x4004_801c);
const PACKET_COUNT: Register = Register::at(0x4004_8034);
const REQUEST: Register = Register::at(0x4004_8038);
/// Run-mode clock gating: the controller and its PHY have no clock after reset.
const CLOCK_GATING: Register = Register::at(0x400f_e108);

/// The longest frame without its checksum: an IP packet of 1064 bytes, enough for a TCP segment that fills a receive buffer of
/// 1 KB. Longer frames are dropped; IP guarantees only 576 bytes.
pub const MAX_FRAME: usize = 14 + 1064;
/// Status bit: a frame has been received.
const RECEIVED: u32 = 1;

/// The controller, with a buffer for a frame in each direction.
pub struct Mac {
    rx: [u8; MAX_FRAME],
    tx: [u8; MAX_FRAME],
}

impl Mac {
    /// Returns a controller that is not started.
    #[must_use]
    pub const fn stopped() -> Self {
        Self { rx: [0; MAX_FRAME], tx: [0; MAX_FRAME] }
    }

    /// Starts the controller.
    pub fn start(&mut self) {
        CLOCK_GATING.write(CLOCK_GATING.read() | 0x5000_0000);
        MASK.write(0);
        // Empty the receive FIFO, acknowledge every interrupt.
        RECEIVE.write(0x10);
        ACKNOWLEDGE.write(0x7f);
        THRESHOLD.write(0x3f);
        // Receive, multicast as well; transmit full duplex, padded, with checksums.
        RECEIVE.write(0x03);
        TRANSMIT.write(0x0f);
    }

    /// Returns the MAC address.
    #[must_use]
    pub fn address(&self) -> [u8; 6] {
        let ([a, b, c, d], [e, f, ..]) = (ADDRESS[0].read().to_le_bytes(), ADDRESS[1].read().to_le_bytes());
        [a, b, c, d, e, f]
    }

    /// Returns true if the receive FIFO has a frame.
    #[must_use]
    pub fn has_frame() -> bool {
        PACKET_COUNT.read() & 0x3f != 0
    }

    /// Enables the receive interrupt. The handler calls [`Mac::mask_rx`].
    pub fn unmask_rx() {
        ACKNOWLEDGE.write(RECEIVED);
        MASK.write(RECEIVED);
    }

    /// Disables the receive interrupt, which stays asserted while the FIFO has a frame.
    pub fn mask_rx() {
        MASK.write(0);
    }

    /// Reads the next frame from the FIFO, and returns it with a buffer for a reply. Drops frames longer than [`MAX_FRAME`].
    pub fn receive(&mut self) -> Option<(RxFrame<'_>, TxBuffer<'_>)> {
        while Self::has_frame() {
            let length = fifo::read_frame(&mut self.rx, || DATA.read());
            if length <= MAX_FRAME {
                return Some((RxFrame(self.rx.get_mut(..length)?), TxBuffer(&mut self.tx)));
            }
        }
        None
    }

    /// Returns the buffer for a frame to be sent, always one.
    pub fn tx_buffer(&mut self) -> Option<TxBuffer<'_>> {
        Some(TxBuffer(&mut self.tx))
    }
}

/// A received frame.
pub struct RxFrame<'a>(&'a mut [u8]);

impl RxFrame<'_> {
    /// Calls `read` with the frame.
    pub(crate) fn read<R>(self, read: impl FnOnce(&mut [u8]) -> R) -> R {
        read(self.0)
    }
}

/// The buffer for a frame to be sent.
pub struct TxBuffer<'a>(&'a mut [u8; MAX_FRAME]);

impl TxBuffer<'_> {
    /// Sends a frame of `length` bytes, at most [`MAX_FRAME`], that `fill` writes. Blocks until the previous frame is sent.
    pub(crate) fn send<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        let frame = &mut self.0[..length];
        let result = fill(frame);
        while REQUEST.read() & 1 != 0 {}
        fifo::write_frame(frame, |word| DATA.write(word));
        REQUEST.write(1);
        result
    }
}
