//! Law: a frame goes to and from the chip's FIFO word by word, and is read to its last word or the next one is lost.
//!
//! The Ethernet controller of the LM3S6965 (data sheet, section 16). Registers, from 0x40048000:
//! +00 status / acknowledge, +04 interrupt mask, +08 receive control, +0C transmit control, +10 data, +14 and +18 the
//! station's address, +1C transmit threshold, +34 frames waiting, +38 transmission request.

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
const WAITING: Register = register(0x34);
const REQUEST: Register = register(0x38);
/// Run-mode clock gating: the controller and its PHY have no clock before it is given to them.
const CLOCK_GATING: Register = Register::at(0x400f_e108);

/// The longest frame that is taken or sent, without its checksum: an IP packet of 1064 bytes. Whoever has a kilobyte to
/// receive into is not sent more in one piece; and what is longer all the same is dropped, as IP allows beyond 576.
pub const FRAME: usize = 14 + 1064;
/// A frame has arrived.
const RECEIVED: u32 = 1;

/// The controller, with room for a frame each way.
pub struct Mac {
    incoming: [u8; FRAME],
    outgoing: [u8; FRAME],
}

impl Mac {
    /// A controller that is off.
    #[must_use]
    pub const fn new() -> Self {
        Self { incoming: [0; FRAME], outgoing: [0; FRAME] }
    }

    /// Starts it; its address, as the chip was given it.
    pub fn start(&mut self) -> [u8; 6] {
        CLOCK_GATING.write(CLOCK_GATING.read() | 0x5000_0000);
        MASK.write(0);
        // The receive FIFO is emptied, and everything acknowledged.
        RECEIVE.write(0x10);
        ACKNOWLEDGE.write(0x7f);
        THRESHOLD.write(0x3f);
        let ([a, b, c, d], [e, f, ..]) = (ADDRESS[0].read().to_le_bytes(), ADDRESS[1].read().to_le_bytes());
        // Receive, multicast as well; transmit full duplex, padded, with checksums.
        RECEIVE.write(0x03);
        TRANSMIT.write(0x0f);
        [a, b, c, d, e, f]
    }

    /// Is a frame waiting?
    #[must_use]
    pub fn has_frame() -> bool {
        WAITING.read() & 0x3f != 0
    }

    /// Lets the next frame interrupt; the handler calls [`Mac::be_quiet`].
    pub fn listen() {
        ACKNOWLEDGE.write(RECEIVED);
        MASK.write(RECEIVED);
    }

    /// No more interrupts: the line stays up as long as a frame waits.
    pub fn be_quiet() {
        MASK.write(0);
    }

    /// Takes the next frame out of the FIFO; beside it is room for an answer. One that is too long is taken, too, and dropped.
    pub fn take(&mut self) -> Option<(Frame<'_>, Room<'_>)> {
        while Self::has_frame() {
            let length = fifo::take(&mut self.incoming, || DATA.read());
            if length <= FRAME {
                return Some((Frame(self.incoming.get_mut(..length)?), Room(&mut self.outgoing)));
            }
        }
        None
    }

    /// Room for a frame of our own.
    pub fn room(&mut self) -> Room<'_> {
        Room(&mut self.outgoing)
    }
}

impl Default for Mac {
    fn default() -> Self {
        Self::new()
    }
}

/// A frame that has been taken.
pub struct Frame<'a>(pub(crate) &'a mut [u8]);

/// Room for a frame that is to be sent.
pub struct Room<'a>(&'a mut [u8; FRAME]);

impl Room<'_> {
    /// Sends a frame of `length` bytes, at most [`FRAME`], that `fill` writes.
    pub(crate) fn send<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        let frame = &mut self.0[..length];
        let result = fill(frame);
        while REQUEST.read() & 1 != 0 {}
        fifo::give(frame, |word| DATA.write(word));
        REQUEST.write(1);
        result
    }
}
