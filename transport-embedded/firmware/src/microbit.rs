//! The clock and the UART of the micro:bit (version 1): an nRF51822 (Cortex-M0 at 16 MHz, 256 KB flash, 16 KB RAM).

use core::cell::Cell;
use core::time::Duration;

use bantam_embedded::serial::Clock;

use crate::register::Register;
use crate::uart::{Port, Uart};

// TIMER0 (reference manual, section 18): a Cortex-M0 without SysTick.
const START: Register = Register::at(0x4000_8000);
const CAPTURE: Register = Register::at(0x4000_8040);
const MODE: Register = Register::at(0x4000_8504);
const WIDTH: Register = Register::at(0x4000_8508);
const PRESCALER: Register = Register::at(0x4000_8510);
const CAPTURED: Register = Register::at(0x4000_8540);

// The UART (reference manual, section 29), with the manual's names.
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

/// The time since the start. Exact if [`Clock::now`] is called at least once an hour, before the counter wraps.
pub struct TimerClock {
    last: Cell<u32>,
    seconds: Cell<u64>,
    /// Microseconds of the current second.
    micros: Cell<u32>,
}

impl TimerClock {
    /// Starts the timer at 1 MHz.
    #[must_use]
    pub fn start() -> Self {
        MODE.write(0);
        // 32 bits; 16 MHz / 2^4.
        WIDTH.write(3);
        PRESCALER.write(4);
        START.write(1);
        Self { last: Cell::new(0), seconds: Cell::new(0), micros: Cell::new(0) }
    }
}

impl Clock for TimerClock {
    fn now(&self) -> Duration {
        CAPTURE.write(1);
        let current = CAPTURED.read();
        let mut micros = self.micros.get().wrapping_add(current.wrapping_sub(self.last.replace(current)));
        while micros >= 1_000_000 {
            micros -= 1_000_000;
            self.seconds.set(self.seconds.get() + 1);
        }
        self.micros.set(micros);
        Duration::new(self.seconds.get(), micros * 1000)
    }
}

/// The UART, wired to the board's USB chip. Its receive FIFO has six bytes; further ones are lost.
pub struct UsbUart(());

/// Starts the UART: 115,200 baud, both directions.
#[must_use]
pub fn start_uart() -> Uart<UsbUart> {
    // The pins of the board.
    PSELTXD.write(24);
    PSELRXD.write(25);
    BAUDRATE.write(0x01d7_e000);
    ENABLE.write(4);
    TASKS_STARTRX.write(1);
    TASKS_STARTTX.write(1);
    Uart(UsbUart(()))
}

impl Port for UsbUart {
    fn has_byte(&self) -> bool {
        EVENTS_RXDRDY.read() != 0
    }

    fn receive(&mut self) -> u8 {
        // The event is cleared before the read, because the next byte may set it at once.
        EVENTS_RXDRDY.write(0);
        RXD.read() as u8
    }

    fn send(&mut self, byte: u8) {
        EVENTS_TXDRDY.write(0);
        TXD.write(u32::from(byte));
        while EVENTS_TXDRDY.read() == 0 {}
    }
}
