//! Synchronisation primitives of the types that several threads share: std's, or loom's in a model check.

#[cfg(not(all(test, bantam_model)))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(not(all(test, bantam_model)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

#[cfg(all(test, bantam_model))]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(all(test, bantam_model))]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

/// Locks a mutex whose data is valid after every statement, so that a panic of another holder does not poison it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
