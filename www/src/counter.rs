//! [`Counter`]: a number that pages share, a `Cell` on a device and an atomic on the desktop.

/// A number that goes up, and begins again behind its largest.
#[derive(Debug, Default)]
pub(crate) struct Counter(Number);

#[cfg(target_os = "none")]
type Number = core::cell::Cell<u32>;
#[cfg(not(target_os = "none"))]
type Number = core::sync::atomic::AtomicU32;

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(Number::new(0))
    }

    /// Counts one more until the result is dropped.
    #[cfg(feature = "live")]
    pub(crate) fn hold(&self) -> Held<'_> {
        self.increment();
        Held(self)
    }
}

/// One in a [`Counter`], until it is dropped.
#[cfg(feature = "live")]
#[derive(Debug)]
pub(crate) struct Held<'c>(&'c Counter);

#[cfg(feature = "live")]
impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.decrement();
    }
}

/// The tasks of a device run one at a time.
#[cfg(target_os = "none")]
impl Counter {
    pub(crate) fn value(&self) -> u32 {
        self.0.get()
    }

    /// Adds one, and returns the sum.
    pub(crate) fn increment(&self) -> u32 {
        self.0.set(self.0.get().wrapping_add(1));
        self.0.get()
    }

    #[cfg(feature = "live")]
    fn decrement(&self) {
        self.0.set(self.0.get().wrapping_sub(1));
    }
}

/// The threads of a server share the site.
#[cfg(not(target_os = "none"))]
impl Counter {
    pub(crate) fn value(&self) -> u32 {
        self.0.load(core::sync::atomic::Ordering::Relaxed)
    }

    /// Adds one, and returns the sum.
    pub(crate) fn increment(&self) -> u32 {
        self.0.fetch_add(1, core::sync::atomic::Ordering::Relaxed).wrapping_add(1)
    }

    #[cfg(feature = "live")]
    fn decrement(&self) {
        self.0.fetch_sub(1, core::sync::atomic::Ordering::Relaxed);
    }
}
