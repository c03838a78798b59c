//! Law: embassy's time is the board's clock, and its timers ring when the executor has nothing else to do.

use core::cell::{OnceCell, RefCell};
use core::task::Waker;
use core::time::Duration;

use cortex_m::interrupt::{Mutex, free};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::clock::Clock;

/// The clock, once it is started, and who wants to be woken when.
struct Time {
    clock: Mutex<OnceCell<Clock>>,
    timers: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static TIME: Time = Time {
    clock: Mutex::new(OnceCell::new()),
    timers: Mutex::new(RefCell::new(Queue::new())),
});

/// Time begins: until then it stands still at zero. A second clock is not listened to.
pub fn start(clock: Clock) {
    let _ = free(|section| TIME.clock.borrow(section).set(clock));
}

/// How long ago it began.
pub fn now() -> Duration {
    free(|section| TIME.clock.borrow(section).get().map_or(Duration::ZERO, Clock::now))
}

/// Wakes everybody whose time has come, and says how long the next has to wait.
pub(crate) fn ring() -> Option<Duration> {
    let now = TIME.now();
    let next = free(|section| TIME.timers.borrow(section).borrow_mut().next_expiration(now));
    (next != u64::MAX).then(|| Duration::from_micros(next.saturating_sub(now)))
}

impl Driver for Time {
    /// In microseconds, which `tick-hz-1_000_000` says they are.
    fn now(&self) -> u64 {
        u64::try_from(now().as_micros()).unwrap_or(u64::MAX)
    }

    /// The alarm is set when the processor goes to sleep ([`ring`]): only tasks have timers, and while one runs nothing
    /// sleeps.
    fn schedule_wake(&self, at: u64, waker: &Waker) {
        free(|section| self.timers.borrow(section).borrow_mut().schedule_wake(at, waker));
    }
}
