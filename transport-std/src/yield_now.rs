//! [`yield_now`]: lets the other connections of a worker go on.

use std::future::poll_fn;
use std::task::Poll;

/// Pending once, and woken at once. A thread that only polls goes on.
pub(crate) async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
