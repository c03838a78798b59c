//! `HashPool`: threads that check passwords, and their queue. What a client asks of them never runs on a thread that serves.
//!
//! Invariant: at most [`THREADS`] checks run and [`MAX_QUEUED`] wait, and every ticket is answered or dropped.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{io, mem, thread};

use log::warn;

use super::stored_hash::HashMemory;

/// How many checks run at a time. The ceiling of memory in the README counts this number.
pub(super) const THREADS: usize = 2;
/// How many checks wait for a thread.
const MAX_QUEUED: usize = 64;
/// How many of them are of one client.
const MAX_QUEUED_PER_CLIENT: usize = 8;
/// A check that has waited for longer is not made.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How often the operator is told that checks are refused.
const WARN_INTERVAL: Duration = Duration::from_secs(60);
/// How long an idle thread keeps its memory.
const MEMORY_IDLE: Duration = Duration::from_secs(1);

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// The check was not made: the queue is full, or the check has waited for too long.
    Busy,
    /// The check was not made: others of the same client are queued.
    TooMany,
}

/// A check, which a thread calls with its memory.
type Check = Box<dyn FnOnce(&mut HashMemory) -> Verdict + Send>;

struct Job {
    key: u64,
    client: Option<IpAddr>,
    since: Instant,
    answer: Mutex<Answer>,
}

#[derive(Default)]
struct Answer {
    verdict: Option<Verdict>,
    next_ticket: u64,
    /// The tickets, and the wakers of those that have been polled.
    tickets: BTreeMap<u64, Option<Waker>>,
}

#[derive(Default)]
struct PoolState {
    queue: VecDeque<(Arc<Job>, Check)>,
    running: Vec<Arc<Job>>,
    stopped: bool,
    warned: Option<Instant>,
}

impl PoolState {
    /// Returns [`Verdict::Busy`] or [`Verdict::TooMany`] if the queue has no room for another check of a client.
    fn refusal(&self, client: Option<IpAddr>) -> Option<Verdict> {
        if self.queue.len() >= MAX_QUEUED {
            return Some(Verdict::Busy);
        }
        let of_client = self.queue.iter().filter(|(job, _)| client.is_some() && job.client == client);
        (of_client.count() >= MAX_QUEUED_PER_CLIENT).then_some(Verdict::TooMany)
    }

    /// Tells the operator that checks are refused, at most once in [`WARN_INTERVAL`].
    fn warn(&mut self) {
        if self.warned.is_none_or(|at| at.elapsed() >= WARN_INTERVAL) {
            self.warned = Some(Instant::now());
            warn!("more passwords are sent than can be checked: some requests are answered 429 or 503");
        }
    }
}

#[derive(Default)]
struct Shared {
    /// Locked before the answer of a job.
    state: Mutex<PoolState>,
    changed: Condvar,
}

impl Shared {
    /// Blocks until a check is queued; `None` if the pool has ended. Frees the memory of an idle thread.
    fn next_job(&self, memory: &mut HashMemory) -> Option<(Arc<Job>, Check)> {
        let mut state = lock(&self.state);
        loop {
            if let Some((job, check)) = state.queue.pop_front() {
                state.running.push(Arc::clone(&job));
                return Some((job, check));
            }
            if state.stopped {
                return None;
            }
            if memory.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.changed.wait_timeout(state, MEMORY_IDLE);
            let (waited_state, result) = waited.unwrap_or_else(PoisonError::into_inner);
            state = waited_state;
            if result.timed_out() && state.queue.is_empty() {
                drop(state);
                *memory = HashMemory::default();
                state = lock(&self.state);
            }
        }
    }

    /// Answers every ticket of a job.
    fn answer(&self, job: &Arc<Job>, verdict: Verdict) {
        lock(&self.state).running.retain(|other| !Arc::ptr_eq(other, job));
        let tickets = {
            let mut answer = lock(&job.answer);
            answer.verdict = Some(verdict);
            mem::take(&mut answer.tickets)
        };
        tickets.into_values().flatten().for_each(Waker::wake);
    }

    fn run(&self) {
        lower_priority();
        let mut memory = HashMemory::default();
        while let Some((job, check)) = self.next_job(&mut memory) {
            let checked = if job.since.elapsed() > MAX_WAIT {
                Ok(Verdict::Busy)
            } else {
                catch_unwind(AssertUnwindSafe(|| check(&mut memory)))
            };
            self.answer(&job, checked.unwrap_or(Verdict::Busy));
        }
    }
}

/// The threads end when the pool is dropped.
pub(super) struct HashPool(Arc<Shared>);

impl HashPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// What starting a thread fails with.
    pub(super) fn start() -> io::Result<Self> {
        let pool = Self(Arc::default());
        for _ in 0..THREADS {
            let shared = Arc::clone(&pool.0);
            thread::Builder::new().name("bantam-password".into()).spawn(move || shared.run())?;
        }
        Ok(pool)
    }

    /// Queues a check, or joins one with the same key that waits or runs.
    ///
    /// # Errors
    /// [`Verdict::Busy`] or [`Verdict::TooMany`] if the queue has no room.
    pub(super) fn submit(
        &self,
        key: u64,
        client: Option<IpAddr>,
        check: impl FnOnce(&mut HashMemory) -> Verdict + Send + 'static,
    ) -> Result<Ticket, Verdict> {
        let client = client.map(network);
        let mut state = lock(&self.0.state);
        let mut jobs = state.queue.iter().map(|(job, _)| job).chain(&state.running);
        if let Some(job) = jobs.find(|job| job.key == key) {
            return Ok(Ticket::new(Arc::clone(job), Arc::clone(&self.0)));
        }
        if let Some(verdict) = state.refusal(client) {
            state.warn();
            return Err(verdict);
        }
        let job = Arc::new(Job { key, client, since: Instant::now(), answer: Mutex::default() });
        let ticket = Ticket::new(Arc::clone(&job), Arc::clone(&self.0));
        state.queue.push_back((job, Box::new(check)));
        self.0.changed.notify_one();
        Ok(ticket)
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        lock(&self.0.state).stopped = true;
        self.0.changed.notify_all();
    }
}

impl std::fmt::Debug for HashPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashPool").finish_non_exhaustive()
    }
}

/// The future of a verdict. A queued check whose tickets are all dropped leaves the queue.
pub(super) struct Ticket {
    job: Arc<Job>,
    shared: Arc<Shared>,
    number: u64,
}

impl Ticket {
    fn new(job: Arc<Job>, shared: Arc<Shared>) -> Self {
        let number = {
            let mut answer = lock(&job.answer);
            let number = answer.next_ticket;
            answer.next_ticket += 1;
            answer.tickets.insert(number, None);
            number
        };
        Self { job, shared, number }
    }
}

impl Future for Ticket {
    type Output = Verdict;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Verdict> {
        let mut answer = lock(&self.job.answer);
        if let Some(verdict) = answer.verdict {
            return Poll::Ready(verdict);
        }
        answer.tickets.insert(self.number, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        let is_unwanted = {
            let mut answer = lock(&self.job.answer);
            answer.tickets.remove(&self.number);
            answer.tickets.is_empty() && answer.verdict.is_none()
        };
        if is_unwanted {
            state.queue.retain(|(job, _)| !Arc::ptr_eq(job, &self.job));
        }
    }
}

/// What counts as one client: an address of IPv4, or the 64 bits of IPv6 that a provider assigns.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

/// Locks a mutex whose data is valid after every statement, so that a panic of another holder does not poison it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets the threads that serve run first. A nice value belongs to a thread on Linux, and to the process elsewhere.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const A: Option<IpAddr> = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));

    /// A pool whose threads wait until this is dropped.
    fn occupied(pool: &HashPool) -> (Sender<()>, Vec<Ticket>) {
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (started, begun) = channel();
        let tickets = (0..THREADS as u64).map(|number| {
            let (held, started) = (Arc::clone(&held), started.clone());
            let wait = move |_: &mut HashMemory| {
                started.send(()).unwrap();
                let _ = lock(&held).recv();
                Verdict::Wrong
            };
            pool.submit(u64::MAX - number, None, wait).unwrap()
        });
        let tickets = tickets.collect();
        (0..THREADS).for_each(|_| begun.recv().unwrap());
        (release, tickets)
    }

    /// Queues a check that reports its key when it is made.
    fn submit(
        pool: &HashPool,
        client: Option<IpAddr>,
        key: u64,
        made: &Sender<u64>,
    ) -> Result<Ticket, Verdict> {
        let made = made.clone();
        pool.submit(key, client, move |_| {
            made.send(key).unwrap();
            Verdict::Right
        })
    }

    fn wait(ticket: Ticket) -> Verdict {
        struct Wakes(Mutex<Receiver<()>>, Sender<()>);
        impl std::task::Wake for Wakes {
            fn wake(self: Arc<Self>) {
                let _ = self.1.send(());
            }
        }
        let (send, receive) = channel();
        let wakes = Arc::new(Wakes(Mutex::new(receive), send));
        let (mut ticket, waker) = (ticket, Waker::from(Arc::clone(&wakes)));
        loop {
            if let Poll::Ready(verdict) = Pin::new(&mut ticket).poll(&mut Context::from_waker(&waker)) {
                return verdict;
            }
            lock(&wakes.0).recv_timeout(Duration::from_secs(20)).expect("woken");
        }
    }

    #[test]
    fn checks_are_made_in_the_order_of_their_arrival() {
        let (pool, (made, order)) = (HashPool::start().unwrap(), channel());
        let (release, _held) = occupied(&pool);
        let tickets: Vec<_> = (0..5).map(|key| submit(&pool, None, key, &made).unwrap()).collect();
        assert_eq!(order.try_iter().count(), 0);
        // One thread goes on.
        release.send(()).unwrap();
        for ticket in tickets {
            assert_eq!(wait(ticket), Verdict::Right);
        }
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_queue_has_a_bound_and_a_bound_for_each_client() {
        let (pool, (made, _order)) = (HashPool::start().unwrap(), channel());
        let (_release, _held) = occupied(&pool);
        let mut tickets = Vec::new();
        for key in 0..MAX_QUEUED_PER_CLIENT as u64 {
            tickets.push(submit(&pool, A, key, &made).unwrap());
        }
        assert_eq!(submit(&pool, A, 100, &made).err(), Some(Verdict::TooMany));
        for key in 200..200 + (MAX_QUEUED - MAX_QUEUED_PER_CLIENT) as u64 {
            // A client of unknown address has the bound of all.
            tickets.push(submit(&pool, None, key, &made).unwrap());
        }
        for client in [A, None] {
            assert_eq!(submit(&pool, client, 300, &made).err(), Some(Verdict::Busy));
        }
    }

    #[test]
    fn a_dropped_ticket_gives_its_place_back() {
        let (pool, (made, order)) = (HashPool::start().unwrap(), channel());
        let (release, _held) = occupied(&pool);
        let mut tickets: Vec<_> =
            (0..MAX_QUEUED as u64).map(|key| submit(&pool, None, key, &made).unwrap()).collect();
        drop(tickets.remove(0));
        tickets.push(submit(&pool, None, 1000, &made).unwrap());
        assert_eq!(submit(&pool, None, 1001, &made).err(), Some(Verdict::Busy));
        drop(release);
        tickets.into_iter().for_each(|ticket| assert_eq!(wait(ticket), Verdict::Right));
        assert!(order.try_iter().all(|key| key != 0), "nothing waits for it");
    }

    #[test]
    fn the_same_check_is_made_once_while_one_ticket_is_left() {
        let (pool, (made, order)) = (HashPool::start().unwrap(), channel());
        let (release, _held) = occupied(&pool);
        let mut tickets: Vec<_> = (0..100).map(|_| submit(&pool, A, 7, &made).unwrap()).collect();
        tickets.truncate(50);
        drop(release);
        tickets.into_iter().for_each(|ticket| assert_eq!(wait(ticket), Verdict::Right));
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [7]);
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

    #[test]
    fn an_address_of_ipv6_stands_for_its_network() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
