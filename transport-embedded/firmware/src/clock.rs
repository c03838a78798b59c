//! Law: time is counted by a counter that runs by itself; no interrupt has to come for it to go on.

use core::cell::Cell;
use core::time::Duration;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// The clock after reset.
pub const HERTZ: u32 = 12_500_000;
/// The counter has 24 bits, and counts down: it wraps every 1.34 s.
const WRAP: u32 = 1 << 24;

/// The time since it was started. [`Clock::now`] has to be called once in every wrap of the counter at least.
pub struct Clock {
    /// Nobody else may set it.
    _counter: SYST,
    wraps: Cell<u64>,
    last: Cell<u32>,
}

impl Clock {
    /// How long the counter may go unread.
    pub const PATIENCE: Duration = Duration::from_millis(1000);

    /// Starts to count.
    #[must_use]
    pub fn start(mut counter: SYST) -> Self {
        counter.set_clock_source(SystClkSource::Core);
        counter.set_reload(WRAP - 1);
        counter.clear_current();
        counter.enable_counter();
        Self { _counter: counter, wraps: Cell::new(0), last: Cell::new(0) }
    }

    /// How long ago it was started.
    pub fn now(&self) -> Duration {
        let up = WRAP - 1 - SYST::get_current();
        if up < self.last.replace(up) {
            self.wraps.set(self.wraps.get() + 1);
        }
        let ticks = self.wraps.get() * u64::from(WRAP) + u64::from(up);
        // 2 ticks are 160 ns: exact in integers.
        Duration::from_nanos(ticks * 80)
    }
}
