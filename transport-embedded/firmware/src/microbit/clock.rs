//! A monotonic clock over TIMER0 of the nRF51 (reference manual, section 18), which has no SysTick.
//!
//! Registers, from 0x40008000: +000 start, +040 capture into CC[0], +504
//! mode, +508 width, +510 prescaler, +540 CC[0].

use core::cell::Cell;
use core::time::Duration;

use bantam_embedded::serial::Clock;

use crate::register::Register;

const fn register(offset: usize) -> Register {
    Register::at(0x4000_8000 + offset)
}

const START: Register = register(0x000);
const CAPTURE: Register = register(0x040);
const MODE: Register = register(0x504);
const WIDTH: Register = register(0x508);
const PRESCALER: Register = register(0x510);
const CAPTURED: Register = register(0x540);

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
        let mut micros =
            u64::from(self.micros.get()) + u64::from(current.wrapping_sub(self.last.replace(current)));
        while micros >= 1_000_000 {
            micros -= 1_000_000;
            self.seconds.set(self.seconds.get() + 1);
        }
        self.micros.set(micros as u32);
        Duration::new(self.seconds.get(), micros as u32 * 1000)
    }
}
