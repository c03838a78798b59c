//! A driver of the nRF51's UART (reference manual, section 29). Its receive FIFO has six bytes; further ones are lost.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

use crate::register::Register;

const TASKS_STARTRX: Register = Register::at(0x4000_2000);
const TASKS_STARTTX: Register = Register::at(0x4000_2008);
const EVENTS_RXDRDY: Register = Register::at(0x4000_2108);
const EVENTS_TXDRDY: Register = Register::at(0x4000_211c);
const ENABLE: Register = Register::at(0x4000_2500);
const PSELTXD: Register = Register::at(0x4000_250c);
const PSELRXD: Register = Register::at(0x4000_2514);
const RXD: Register = Register::at(0x4000_2518);
const TXD: Register = Register::at(0x4000_251c);
const BAUDRATE: Register = Register::at(0x4000_2524);

/// The UART, wired to the board's USB chip.
pub struct Uart(());

impl Uart {
    /// Starts the UART: 115,200 baud, both directions.
    #[must_use]
    pub fn start() -> Self {
        // The pins of the board.
        PSELTXD.write(24);
        PSELRXD.write(25);
        BAUDRATE.write(0x01d7_e000);
        ENABLE.write(4);
        TASKS_STARTRX.write(1);
        TASKS_STARTTX.write(1);
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(EVENTS_RXDRDY.read() != 0)
    }
}

impl Read for Uart {
    /// Blocks until the first byte, then returns all that have been received.
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for byte in memory {
            while EVENTS_RXDRDY.read() == 0 {
                if count > 0 {
                    return Ok(count);
                }
            }
            // The event is cleared before the read, because the next byte may set it at once.
            EVENTS_RXDRDY.write(0);
            *byte = RXD.read() as u8;
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            EVENTS_TXDRDY.write(0);
            TXD.write(u32::from(*byte));
            while EVENTS_TXDRDY.read() == 0 {}
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
