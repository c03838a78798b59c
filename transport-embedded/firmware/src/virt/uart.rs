//! The machine's UART, an NS16550A, as QEMU leaves it after reset.

use crate::register::Register;
use crate::uart::{Port, Uart};

/// Received bytes are read here, bytes to be sent are written.
const DATA: Register = Register::at(0x1000_0000);
const FIFO_CONTROL: Register = Register::at(0x1000_0002);
const LINE_STATUS: Register = Register::at(0x1000_0005);

const RX_READY: u8 = 1;
const TX_EMPTY: u8 = 1 << 5;

/// The UART.
pub struct Ns16550(());

/// Starts the UART, with FIFOs.
#[must_use]
pub fn start() -> Uart<Ns16550> {
    FIFO_CONTROL.write_byte(1);
    Uart(Ns16550(()))
}

impl Port for Ns16550 {
    fn has_byte(&self) -> bool {
        LINE_STATUS.read_byte() & RX_READY != 0
    }

    fn receive(&mut self) -> u8 {
        DATA.read_byte()
    }

    fn send(&mut self, byte: u8) {
        while LINE_STATUS.read_byte() & TX_EMPTY == 0 {}
        DATA.write_byte(byte);
    }
}
