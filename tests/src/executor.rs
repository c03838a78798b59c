//! A single-threaded executor that fails where a future would wait forever.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// More polls than any test needs.
const MAX_POLLS: usize = 10_000;

struct WakeFlag(AtomicBool);

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls a future until it is ready.
///
/// # Panics
/// If it is pending and has not woken its task, or after 10,000 polls.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let flag = Arc::new(WakeFlag(AtomicBool::new(false)));
    let waker = Waker::from(flag.clone());
    for _ in 0..MAX_POLLS {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => assert!(flag.0.swap(false, Ordering::Relaxed), "pending without a wake-up"),
        }
    }
    panic!("not ready after {MAX_POLLS} polls");
}

/// Polls once.
pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until the future is ready, at most this many times; `None` if it is still pending.
pub fn poll_times<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    (0..polls).find_map(|_| match poll_once(future.as_mut()) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Is pending once, and wakes its task.
pub async fn yield_once() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if polled {
            return Poll::Ready(());
        }
        polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
