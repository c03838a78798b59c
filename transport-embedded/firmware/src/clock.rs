//! Law: time is counted by a counter that runs by itself; no interrupt has to come for it to go on.

use core::cell::Cell;
use core::time::Duration;

use bantam_embedded::serial;
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
    /// What the counter showed when it was last read.
    last: Cell<u32>,
    seconds: Cell<u64>,
    /// Ticks of the second that has begun.
    ticks: Cell<u32>,
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
        Self { _counter: counter, last: Cell::new(WRAP - 1), seconds: Cell::new(0), ticks: Cell::new(0) }
    }

    /// How long ago it was started. Divides nothing that has more bits than the processor.
    pub fn now(&self) -> Duration {
        let current = SYST::get_current();
        let passed = self.last.replace(current).wrapping_sub(current) % WRAP;
        let mut ticks = self.ticks.get() + passed;
        while ticks >= HERTZ {
            ticks -= HERTZ;
            self.seconds.set(self.seconds.get() + 1);
        }
        self.ticks.set(ticks);
        // A tick is 80 ns: exact in integers.
        Duration::new(self.seconds.get(), ticks * (1_000_000_000 / HERTZ))
    }
}

impl serial::Clock for Clock {
    fn now(&self) -> Duration {
        self.now()
    }
}
