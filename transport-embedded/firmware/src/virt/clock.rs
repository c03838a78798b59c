//! A monotonic clock over the CLINT's `mtime`, and the alarm of `mtimecmp`.
//! Invariant: the time is exact if [`MtimeClock::now`] is called at least once per [`MtimeClock::MAX_UNREAD`].

use core::cell::Cell;
use core::time::Duration;

use bantam_embedded::serial::Clock;

use crate::memory;
use crate::register::Register;

/// The frequency of `mtime` in this machine.
const HERTZ: u32 = 10_000_000;
/// Low and high word (SiFive's CLINT).
const TIME: [Register; 2] = [Register::at(0x0200_bff8), Register::at(0x0200_bffc)];
const COMPARE: [Register; 2] = [Register::at(0x0200_4000), Register::at(0x0200_4004)];

/// The time since the start.
pub struct MtimeClock {
    /// The last low word of `mtime`.
    last: Cell<u32>,
    seconds: Cell<u64>,
    /// Ticks of the current second.
    ticks: Cell<u32>,
}

impl MtimeClock {
    /// The longest time between two calls of [`Self::now`]: the low word wraps after 429 s.
    pub const MAX_UNREAD: Duration = Duration::from_secs(300);

    /// Returns the time since the start. Uses no 64-bit division.
    pub fn now(&self) -> Duration {
        let current = TIME[0].read();
        let mut passed = current.wrapping_sub(self.last.replace(current));
        let mut ticks = self.ticks.get();
        while passed >= HERTZ - ticks {
            passed -= HERTZ - ticks;
            ticks = 0;
            self.seconds.set(self.seconds.get() + 1);
        }
        self.ticks.set(ticks + passed);
        Duration::new(self.seconds.get(), (ticks + passed) * (1_000_000_000 / HERTZ))
    }
}

impl Clock for MtimeClock {
    fn now(&self) -> Duration {
        self.now()
    }
}

/// Guards the stack and starts the clock.
#[must_use]
pub fn start() -> MtimeClock {
    memory::guard();
    MtimeClock { last: Cell::new(TIME[0].read()), seconds: Cell::new(0), ticks: Cell::new(0) }
}

/// Makes the timer interrupt pending after `duration`, at most [`MtimeClock::MAX_UNREAD`]. Returns false if it is over.
pub(super) fn set_alarm(duration: Duration) -> bool {
    let duration = duration.min(MtimeClock::MAX_UNREAD);
    let ticks = duration.as_secs() as u32 * HERTZ + duration.subsec_nanos() / (1_000_000_000 / HERTZ);
    let at = time().wrapping_add(ticks.into());
    // In this order no time between the two writes is earlier than both alarms (privileged specification, `mtimecmp`).
    COMPARE[0].write(u32::MAX);
    COMPARE[1].write((at >> 32) as u32);
    COMPARE[0].write(at as u32);
    ticks > 0
}

/// Returns true if `limit` is over since `since`, a value of [`time`].
pub(super) fn is_over(since: u64, limit: Duration) -> bool {
    time().wrapping_sub(since) >= limit.as_secs() * u64::from(HERTZ)
}

/// Reads both words, again if the high one has changed between.
pub(super) fn time() -> u64 {
    loop {
        let high = TIME[1].read();
        let low = TIME[0].read();
        if high == TIME[1].read() {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}
