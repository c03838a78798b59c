//! Law: a page that panics costs its own connection and nothing else, and a connection without a request keeps nothing.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use bantam::Outcome;

/// The outcome of `serving`; `None` if a page has panicked. While it waits and `parks` says so it has nothing to serve: that
/// wait is the worker's, and needs no buffers.
pub(crate) async fn guarded<E>(
    serving: impl Future<Output = Result<Outcome, E>>,
    parks: impl Fn() -> bool,
) -> Option<Result<Outcome, E>> {
    let mut serving = pin!(serving);
    // All that the unwinding future leaves behind is the session, which is made for that.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| serving.as_mut().poll(context))) {
        Ok(Poll::Ready(served)) => Poll::Ready(Some(served)),
        Ok(Poll::Pending) if parks() => Poll::Ready(Some(Ok(Outcome::Idle))),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}
