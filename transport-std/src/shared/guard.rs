//! `catch_unwind` around code of the application: pages, observers, loggers, and whatever of theirs is dropped.
//! Invariant: no panic of such code unwinds into its caller, nor one of a payload's `Drop` or of a future's.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Returns what `run` returns, or `None` if it panics. The panic hook has then reported it. The caller must expect that what
/// `run` borrows is half done.
pub(crate) fn guard<R>(run: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(run)).map_err(discard).ok()
}

/// Drops a value whose `Drop` is the application's.
pub(crate) fn drop_guarded<T>(value: T) {
    guard(move || drop(value));
}

/// Drops the payload of a panic, whose `Drop` may panic as well. The payload of that one is leaked.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
}

/// Writes to the crate `log`: `report!(warn, "{error}")`. A logger that panics loses the line and nothing else.
macro_rules! report {
    ($level:ident, $($message:tt)+) => {
        // Nothing is left to report it to.
        $crate::shared::guard::guard(|| ::log::$level!($($message)+));
    };
}
pub(crate) use report;

/// A future whose polls and whose `Drop` are guarded. Its output is `None` after a panic.
pub(crate) struct Guarded<F: Future + ?Sized>(Option<Pin<Box<F>>>);

impl<F: Future + ?Sized> Guarded<F> {
    pub(crate) const fn new(future: Pin<Box<F>>) -> Self {
        Self(Some(future))
    }

    fn discard(&mut self) {
        let future = self.0.take();
        drop_guarded(future);
    }
}

impl<F: Future + ?Sized> Future for Guarded<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.0 else { return Poll::Ready(None) };
        let output = match guard(|| future.as_mut().poll(context)) {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(output)) => Some(output),
            None => None,
        };
        self.discard();
        Poll::Ready(output)
    }
}

impl<F: Future + ?Sized> Drop for Guarded<F> {
    fn drop(&mut self) {
        self.discard();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::panic::panic_any;
    use std::task::Waker;

    use super::*;

    /// Panics when it is dropped, with a payload that does so, too.
    struct Bomb(u32);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if let Some(next) = self.0.checked_sub(1) {
                panic_any(Bomb(next));
            }
        }
    }

    #[test]
    fn a_payload_that_panics_when_it_is_dropped_is_contained() {
        for depth in 0..4 {
            assert_eq!(guard(|| panic_any(Bomb(depth))), None::<()>);
        }
        assert_eq!(guard(|| 7), Some(7));
    }

    #[test]
    fn a_future_that_panics_when_it_is_dropped_is_contained() {
        let mut context = Context::from_waker(Waker::noop());
        let waiting = || {
            let bomb = Bomb(1);
            Box::pin(async move {
                pending::<()>().await;
                drop(bomb);
            })
        };
        let mut torn = Guarded::new(waiting());
        assert_eq!(Pin::new(&mut torn).poll(&mut context), Poll::Pending);
        drop(torn);
        drop(Guarded::new(waiting()));
    }

    #[test]
    fn a_future_that_panics_is_over() {
        let mut context = Context::from_waker(Waker::noop());
        let mut future = Guarded::new(Box::pin(async { panic_any(Bomb(1)) }));
        for _ in 0..2 {
            assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Ready(None::<()>));
        }
        assert_eq!(Pin::new(&mut Guarded::new(Box::pin(ready(7)))).poll(&mut context), Poll::Ready(Some(7)));
    }
}
