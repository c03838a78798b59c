//! A driver of the LM3S6965's Ethernet controller (data sheet, section 16).
//!
//! Registers, from 0x40048000: +00 status / acknowledge, +04 interrupt mask, +08 receive control, +0C transmit control,
//! +10 data, +14 and +18 the station's address, +1C transmit threshold, +34 number of packets, +38 transmission request.

use crate::fifo;
use crate::register::Register;

const fn register(offset: usize) -> Register {
    Register::at(0x4004_8000 + offset)
}

const ACKNOWLEDGE: Register = register(0x00);
const MASK: Register = register(0x04);
const RECEIVE: Register = register(0x08);
const TRANSMIT: Register = register(0x0c);
const DATA: Register = register(0x10);
const ADDRESS: [Register; 2] = [register(0x14), register(0x18)];
const THRESHOLD: Register = register(0x1c);
const PACKET_COUNT: Register = register(0x34);
const REQUEST: Register = register(0x38);
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

    /// Starts the controller and returns its MAC address.
    pub fn start(&mut self) -> [u8; 6] {
        CLOCK_GATING.write(CLOCK_GATING.read() | 0x5000_0000);
        MASK.write(0);
        // Empty the receive FIFO, acknowledge every interrupt.
        RECEIVE.write(0x10);
        ACKNOWLEDGE.write(0x7f);
        THRESHOLD.write(0x3f);
        let ([a, b, c, d], [e, f, ..]) = (ADDRESS[0].read().to_le_bytes(), ADDRESS[1].read().to_le_bytes());
        // Receive, multicast as well; transmit full duplex, padded, with checksums.
        RECEIVE.write(0x03);
        TRANSMIT.write(0x0f);
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

    /// Returns the buffer for a frame to be sent.
    pub fn tx_buffer(&mut self) -> TxBuffer<'_> {
        TxBuffer(&mut self.tx)
    }
}

/// A received frame.
pub struct RxFrame<'a>(pub(crate) &'a mut [u8]);

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
