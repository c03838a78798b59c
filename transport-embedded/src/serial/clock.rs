//! The clock of a serial line.

use core::time::Duration;

/// A monotonic clock.
pub trait Clock {
    /// Returns the time since a fixed moment, for example power-on.
    fn now(&self) -> Duration;

    /// Called again and again while the stream has nothing to read. Spins by default. A WFI fits here if an interrupt ends
    /// it before the next deadline.
    fn idle(&self) {
        core::hint::spin_loop();
    }
}

impl<C: Clock> Clock for &C {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn idle(&self) {
        (**self).idle();
    }
}
