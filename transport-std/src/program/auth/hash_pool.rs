//! `HashPool`: threads that check passwords. What a client asks of them never runs on a thread that serves.
//!
//! Invariant: at most [`THREADS`] checks run at a time, and every check that is queued gets a verdict.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use super::hash_queue::{HashQueue, Ticket, Verdict};
use super::stored_hash::HashMemory;

/// How many checks run at a time. The ceiling of memory in operating.md counts this number.
pub(super) const THREADS: usize = 2;
/// A check that has waited for longer is not made.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How long an idle thread keeps its memory.
const MEMORY_IDLE: Duration = Duration::from_secs(1);

/// The threads end when the pool is dropped.
pub(super) struct HashPool(Arc<HashQueue>);

impl HashPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// What starting a thread fails with.
    pub(super) fn start() -> io::Result<Self> {
        let pool = Self(Arc::default());
        for _ in 0..THREADS {
            let queue = Arc::clone(&pool.0);
            thread::Builder::new().name("bantam-password".into()).spawn(move || run(&queue))?;
        }
        Ok(pool)
    }

    /// Queues a check: see [`HashQueue::submit`].
    ///
    /// # Errors
    /// The verdict without a check.
    pub(super) fn submit(
        &self,
        key: u64,
        client: Option<IpAddr>,
        check: impl FnOnce(&mut HashMemory) -> Verdict + Send + 'static,
    ) -> Result<Ticket, Verdict> {
        self.0.submit(key, client, check)
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool").finish_non_exhaustive()
    }
}

/// Makes one check after another, until the queue ends.
fn run(queue: &HashQueue) {
    lower_priority();
    let mut memory = HashMemory::default();
    loop {
        let limit = (!memory.is_empty()).then_some(MEMORY_IDLE);
        let Some((job, check)) = queue.next(limit) else {
            memory = HashMemory::default();
            if queue.is_stopped() {
                return;
            }
            continue;
        };
        queue.answer(&job, verdict(job.since, Instant::now(), || check(&mut memory)));
    }
}

/// The verdict of a check, which is made unless it has waited for too long.
fn verdict(since: Instant, now: Instant, check: impl FnOnce() -> Verdict) -> Verdict {
    if now.saturating_duration_since(since) > MAX_WAIT {
        return Verdict::Busy;
    }
    catch_unwind(AssertUnwindSafe(check)).unwrap_or(Verdict::Busy)
}

/// Lets the threads that serve run first. A nice value belongs to a thread on Linux, and to the process elsewhere.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;

    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn wait(mut ticket: Ticket) -> Verdict {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            match Future::poll(std::pin::Pin::new(&mut ticket), &mut Context::from_waker(&waker)) {
                Poll::Ready(verdict) => return verdict,
                Poll::Pending => thread::park(),
            }
        }
    }

    #[test]
    fn so_many_checks_run_at_a_time_and_others_wait() {
        let pool = HashPool::start().unwrap();
        let (started, begun) = channel();
        let mut releases = Vec::new();
        let tickets = (0..THREADS as u64 + 1).map(|key| {
            let (started, (release, held)) = (started.clone(), channel::<()>());
            releases.push(release);
            let check = move |_: &mut HashMemory| {
                started.send(key).unwrap();
                let _ = held.recv();
                Verdict::Right
            };
            pool.submit(key, None, check).unwrap()
        });
        let tickets: Vec<_> = tickets.collect();
        for _ in 0..THREADS {
            assert!(begun.recv().unwrap() < THREADS as u64);
        }
        assert!(begun.try_recv().is_err());
        drop(releases.remove(0));
        assert_eq!(begun.recv(), Ok(THREADS as u64));
        drop(releases);
        tickets.into_iter().for_each(|ticket| assert_eq!(wait(ticket), Verdict::Right));
    }

    #[test]
    fn a_check_that_has_waited_for_too_long_is_not_made() {
        let since = Instant::now();
        let made = |waited| verdict(since, since + waited, || Verdict::Wrong) == Verdict::Wrong;
        assert!(made(MAX_WAIT) && !made(MAX_WAIT + Duration::from_millis(1)));
    }

    #[test]
    fn a_check_that_panics_is_answered_and_costs_no_thread() {
        let pool = HashPool::start().unwrap();
        for key in 0..4 * THREADS as u64 {
            let panics = |_: &mut HashMemory| -> Verdict { panic!("a panic on purpose") };
            assert_eq!(wait(pool.submit(key, None, panics).unwrap()), Verdict::Busy);
        }
        assert_eq!(wait(pool.submit(99, None, |_| Verdict::Right).unwrap()), Verdict::Right);
    }
}
