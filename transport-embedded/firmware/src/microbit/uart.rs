//! Law: a byte is given when the one before it has left; received ones wait in the chip's six, and then in nobody's.
//!
//! The UART of the nRF51 (reference manual, section 29). Registers, from 0x40002000: +000 start receiving, +008 start
//! sending, +108 a byte has come, +11C a byte has left, +500 enable, +50C and +514 the pins, +518 received, +51C to be sent,
//! +524 the speed.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

use crate::register::Register;

const fn register(offset: usize) -> Register {
    Register::at(0x4000_2000 + offset)
}

const START_RECEIVING: Register = register(0x000);
const START_SENDING: Register = register(0x008);
const HAS_COME: Register = register(0x108);
const HAS_LEFT: Register = register(0x11c);
const ENABLE: Register = register(0x500);
const PIN_OUT: Register = register(0x50c);
const PIN_IN: Register = register(0x514);
const RECEIVED: Register = register(0x518);
const TO_SEND: Register = register(0x51c);
const SPEED: Register = register(0x524);

/// The line to the USB chip of the board.
pub struct Uart(());

impl Uart {
    /// Switches it on: 115,200 baud, both ways.
    #[must_use]
    pub fn start() -> Self {
        // As the board is wired.
        PIN_OUT.write(24);
        PIN_IN.write(25);
        SPEED.write(0x01d7_e000);
        ENABLE.write(4);
        START_RECEIVING.write(1);
        START_SENDING.write(1);
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(HAS_COME.read() != 0)
    }
}

impl Read for Uart {
    /// Waits for the first byte, and takes what else is there.
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for place in memory {
            while HAS_COME.read() == 0 {
                if count > 0 {
                    return Ok(count);
                }
            }
            // First the event, then the byte: the next one may set the event at once.
            HAS_COME.write(0);
            *place = RECEIVED.read() as u8;
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            HAS_LEFT.write(0);
            TO_SEND.write(u32::from(*byte));
            while HAS_LEFT.read() == 0 {}
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
