//! UART 0 of the LM3S6965, a PL011 (data sheet, section 12), with FIFOs.

use crate::register::Register;
use crate::uart::{Port, Uart};

const DATA: Register = Register::at(0x4000_c000);
const FLAGS: Register = Register::at(0x4000_c018);
const LINE_CONTROL: Register = Register::at(0x4000_c02c);
const CONTROL: Register = Register::at(0x4000_c030);
/// Run-mode clock gating of the UARTs.
const CLOCK_GATING: Register = Register::at(0x400f_e104);

const RX_EMPTY: u32 = 0x10;
const TX_FULL: u32 = 0x20;

/// The UART, at its baud rate after reset.
pub struct Pl011(());

/// Starts the UART: 8 bits, FIFOs, both directions.
#[must_use]
pub fn start() -> Uart<Pl011> {
    CLOCK_GATING.write(CLOCK_GATING.read() | 1);
    LINE_CONTROL.write(0x70);
    CONTROL.write(0x301);
    Uart(Pl011(()))
}

impl Port for Pl011 {
    fn has_byte(&self) -> bool {
        FLAGS.read() & RX_EMPTY == 0
    }

    fn receive(&mut self) -> u8 {
        DATA.read() as u8
    }

    fn send(&mut self, byte: u8) {
        while FLAGS.read() & TX_FULL != 0 {}
        DATA.write(u32::from(byte));
    }
}
