//! Work that waits for the disk, on a thread of its own, so that the worker serves others meanwhile.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// The stack of the thread: 64 KB.
const STACK_SIZE: usize = 64 * 1024;

#[derive(Debug, Default)]
struct Shared {
    result: Option<io::Result<()>>,
    waker: Option<Waker>,
    has_ended: bool,
}

/// Wakes the future when the work is over, also when it panics.
struct EndGuard(Arc<Mutex<Shared>>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        let waker = {
            let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            shared.has_ended = true;
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Runs the work on a new thread and waits for its result. The work goes on where the future is dropped.
///
/// # Errors
/// That of the work, or that of the thread which cannot be started.
pub(super) async fn run(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let guard = EndGuard(Arc::clone(&shared));
    std::thread::Builder::new().name("bantam-fsync".into()).stack_size(STACK_SIZE).spawn(move || {
        let result = work();
        guard.0.lock().unwrap_or_else(PoisonError::into_inner).result = Some(result);
        drop(guard);
    })?;
    poll_fn(|context| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.has_ended {
            let failed = || Err(io::Error::other("the thread that waits for the disk panicked"));
            return Poll::Ready(shared.result.take().unwrap_or_else(failed));
        }
        shared.waker = Some(context.waker().clone());
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use bantam::blocking::block_on;

    use super::*;

    #[test]
    fn the_result_of_the_work_is_returned() {
        assert!(block_on(run(|| Ok(()))).is_ok());
        let error = block_on(run(|| Err(io::ErrorKind::StorageFull.into()))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
