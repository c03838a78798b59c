//! A monotonic clock over TIMER0 of the nRF51 (reference manual, section 18), which has no SysTick.

use core::cell::Cell;
use core::time::Duration;

use bantam_embedded::serial::Clock;

use crate::register::Register;

const START: Register = Register::at(0x4000_8000);
const CAPTURE: Register = Register::at(0x4000_8040);
const MODE: Register = Register::at(0x4000_8504);
const WIDTH: Register = Register::at(0x4000_8508);
const PRESCALER: Register = Register::at(0x4000_8510);
const CAPTURED: Register = Register::at(0x4000_8540);

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
