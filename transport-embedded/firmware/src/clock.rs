//! A monotonic clock over SysTick, without an interrupt.
//! Invariant: the time is exact if [`SysTickClock::now`] is called at least once per [`SysTickClock::MAX_UNREAD`].

use core::cell::Cell;
use core::time::Duration;

use bantam_embedded::serial::Clock;
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

use crate::memory;

/// The frequency of the processor after reset.
pub const HERTZ: u32 = 12_500_000;
/// The 24-bit counter counts down and wraps every 1.34 s.
const WRAP: u32 = 1 << 24;

/// The time since the start.
pub struct SysTickClock {
    /// Owned, so that no other code sets the counter.
    _counter: SYST,
    /// The last value of the counter.
    last: Cell<u32>,
    seconds: Cell<u64>,
    /// Ticks of the current second.
    ticks: Cell<u32>,
}

impl SysTickClock {
    /// The longest time between two calls of [`Self::now`].
    pub const MAX_UNREAD: Duration = Duration::from_millis(1000);

    /// Returns the time since the start. Uses no 64-bit division.
    pub fn now(&self) -> Duration {
        let current = SYST::get_current();
        let passed = self.last.replace(current).wrapping_sub(current) % WRAP;
        let mut ticks = self.ticks.get() + passed;
        while ticks >= HERTZ {
            ticks -= HERTZ;
            self.seconds.set(self.seconds.get() + 1);
        }
        self.ticks.set(ticks);
        // A tick is 80 ns.
        Duration::new(self.seconds.get(), ticks * (1_000_000_000 / HERTZ))
    }
}

impl Clock for SysTickClock {
    fn now(&self) -> Duration {
        self.now()
    }
}

/// Guards the stack and starts the counter.
///
/// # Panics
/// Panics at the second call.
#[must_use]
pub fn start() -> SysTickClock {
    let Some(mut peripherals) = Peripherals::take() else { unreachable!("main runs once") };
    memory::guard(&mut peripherals.MPU);
    let mut counter = peripherals.SYST;
    counter.set_clock_source(SystClkSource::Core);
    counter.set_reload(WRAP - 1);
    counter.clear_current();
    counter.enable_counter();
    SysTickClock { _counter: counter, last: Cell::new(WRAP - 1), seconds: Cell::new(0), ticks: Cell::new(0) }
}
