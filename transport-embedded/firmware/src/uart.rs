//! A driver of UART 0 of the LM3S6965, a PL011 (data sheet, section 12), with FIFOs.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

use crate::register::Register;

const DATA: Register = Register::at(0x4000_c000);
const FLAGS: Register = Register::at(0x4000_c018);
const LINE_CONTROL: Register = Register::at(0x4000_c02c);
const CONTROL: Register = Register::at(0x4000_c030);
/// Run-mode clock gating of the UARTs.
const CLOCK_GATING: Register = Register::at(0x400f_e104);

const RX_EMPTY: u32 = 0x10;
const TX_FULL: u32 = 0x20;

/// The UART, at its baud rate after reset.
pub struct Uart(());

impl Uart {
    /// Starts the UART: 8 bits, FIFOs, both directions.
    #[must_use]
    pub fn start() -> Self {
        CLOCK_GATING.write(CLOCK_GATING.read() | 1);
        LINE_CONTROL.write(0x70);
        CONTROL.write(0x301);
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(FLAGS.read() & RX_EMPTY == 0)
    }
}

impl Read for Uart {
    /// Blocks until the first byte, then returns all that have been received.
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for byte in memory {
            while FLAGS.read() & RX_EMPTY != 0 {
                if count > 0 {
                    return Ok(count);
                }
            }
            *byte = DATA.read() as u8;
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while FLAGS.read() & TX_FULL != 0 {}
            DATA.write(u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
