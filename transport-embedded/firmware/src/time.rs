//! embassy's time driver over SysTick. The executor wakes expired timers between two polls.

use core::cell::{OnceCell, RefCell};
use core::task::Waker;
use core::time::Duration;

use cortex_m::interrupt::{Mutex, free};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::clock::SysTickClock;

/// The driver: the clock once it is started, and the wakers by time.
struct TimeDriver {
    clock: Mutex<OnceCell<SysTickClock>>,
    timers: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static TIME: TimeDriver = TimeDriver {
    clock: Mutex::new(OnceCell::new()),
    timers: Mutex::new(RefCell::new(Queue::new())),
});

/// Starts the time, which is zero until then. Ignores a second call.
pub fn start(clock: SysTickClock) {
    let _ = free(|section| TIME.clock.borrow(section).set(clock));
}

/// Returns the time since the start.
pub fn now() -> Duration {
    free(|section| TIME.clock.borrow(section).get().map_or(Duration::ZERO, SysTickClock::now))
}

/// Wakes the tasks whose timers have expired. Returns the time until the next timer.
pub(crate) fn wake_expired() -> Option<Duration> {
    let now = TIME.now();
    let next = free(|section| TIME.timers.borrow(section).borrow_mut().next_expiration(now));
    (next != u64::MAX).then(|| Duration::from_micros(next.saturating_sub(now)))
}

impl Driver for TimeDriver {
    /// Returns microseconds, by the feature `tick-hz-1_000_000`.
    fn now(&self) -> u64 {
        u64::try_from(now().as_micros()).unwrap_or(u64::MAX)
    }

    /// Queues the waker. The hardware timer is set before the processor sleeps ([`wake_expired`]).
    fn schedule_wake(&self, at: u64, waker: &Waker) {
        free(|section| self.timers.borrow(section).borrow_mut().schedule_wake(at, waker));
    }
}
