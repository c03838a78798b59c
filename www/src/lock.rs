//! [`Lock`]: a value that pages change, a `RefCell` on a device and a mutex on the desktop.

/// A value that one page at a time sees. It is held for as long as a call takes, never across an `.await`.
#[derive(Debug)]
pub(crate) struct Lock<T>(Inner<T>);

#[cfg(target_os = "none")]
type Inner<T> = core::cell::RefCell<T>;
#[cfg(not(target_os = "none"))]
type Inner<T> = std::sync::Mutex<T>;

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Inner::new(value))
    }
}

/// The tasks of a device run one at a time.
#[cfg(target_os = "none")]
impl<T> Lock<T> {
    /// Calls `change` with the value. `None` within another call only, which would be a panic otherwise.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok().map(|mut value| change(&mut value))
    }
}

/// The threads of a server share the site.
#[cfg(not(target_os = "none"))]
impl<T> Lock<T> {
    /// Calls `change` with the value; always returns `Some`. Waits for another thread's `change`.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut value = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Some(change(&mut value))
    }
}
