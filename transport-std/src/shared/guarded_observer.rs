//! `GuardedObserver`: the observer of a server, called inside [`guard`].

use std::sync::Arc;

use crate::access::observer::{AccessRecord, Observer, Observes, RejectedConnection};
use crate::access::warn_limit::WarnLimit;
use crate::shared::guard::{drop_guarded, guard, report};

/// An observer whose calls and whose `Drop` are guarded. A record that it panics on is lost.
pub(crate) struct GuardedObserver {
    /// `Some` until it is dropped.
    inner: Option<Arc<dyn Observer>>,
    warnings: WarnLimit,
}

impl GuardedObserver {
    pub(crate) fn new(inner: Arc<dyn Observer>) -> Self {
        Self { inner: Some(inner), warnings: WarnLimit::default() }
    }

    fn call<R>(&self, call: impl FnOnce(&dyn Observer) -> R) -> Option<R> {
        let observer = self.inner.as_deref()?;
        let returned = guard(|| call(observer));
        if returned.is_none() && self.warnings.allows() {
            report!(error, "the observer has panicked");
        }
        returned
    }
}

impl Observer for GuardedObserver {
    fn observes(&self) -> Observes {
        self.call(|observer| observer.observes()).unwrap_or_default()
    }

    fn on_response(&self, access: &AccessRecord<'_>) {
        self.call(|observer| observer.on_response(access));
    }

    fn needs_duration(&self) -> bool {
        self.call(|observer| observer.needs_duration()).unwrap_or(true)
    }

    fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        self.call(|observer| observer.on_rejected(access, why));
    }
}

impl Drop for GuardedObserver {
    fn drop(&mut self) {
        let inner = self.inner.take();
        drop_guarded(inner);
    }
}
