//! [`block_on`]: polls a future of a test, and fails where nothing would ever wake it.
//! Invariant: a future that is pending, and whose waker nothing holds, ends the test.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// How often the owners of the waker are counted while the thread waits. A waker that is dropped wakes nothing.
const INTERVAL: Duration = Duration::from_millis(50);

struct Signal {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Polls a future until it is ready, for tests without an executor. The thread sleeps while the future waits for another thread.
///
/// ```
/// assert_eq!(bantam::testing::block_on(async { 1 + 1 }), 2);
/// ```
///
/// # Panics
/// If the future is pending and nothing holds its waker: it would never be ready.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let signal = Arc::new(Signal { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&signal));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        loop {
            // Counted first: an owner that wakes and goes meanwhile has set the flag before.
            let owners = Arc::strong_count(&signal);
            fence(Ordering::Acquire);
            if signal.woken.swap(false, Ordering::Acquire) {
                break;
            }
            assert!(owners > 2, "the future waits for something that nothing will wake it for");
            thread::park_timeout(INTERVAL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_future_that_another_thread_wakes_is_polled_again() {
        let mut thread = None;
        let mut polls = 0;
        block_on(poll_fn(|context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            thread = Some(thread::spawn(move || waker.wake()));
            Poll::Pending
        }));
        assert_eq!(polls, 3);
        thread.map(thread::JoinHandle::join).expect("started").expect("ended");
    }

    #[test]
    fn a_future_that_nothing_will_wake_ends_the_test() {
        assert!(catch_unwind(|| block_on(pending::<()>())).is_err());
        let dropped = || {
            block_on(poll_fn(|context| {
                let waker = context.waker().clone();
                thread::spawn(move || drop(waker));
                Poll::<()>::Pending
            }));
        };
        assert!(catch_unwind(dropped).is_err(), "a waker that is dropped wakes nothing");
    }
}
