//! `HashQueue`: the checks of passwords that wait for a thread of the pool or run on one, and the tickets for their results.
//!
//! Invariant: at most [`MAX_QUEUED`] checks wait, in the order of their arrival, and at most [`MAX_TICKETS`] requests for them; a
//! check leaves the queue with its last ticket.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::mem;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use log::warn;

use super::stored_hash::HashMemory;

/// How many checks wait for a thread.
const MAX_QUEUED: usize = 64;
/// How many of them are of one client.
const MAX_QUEUED_PER_CLIENT: usize = 8;
/// How many requests wait for a check, several of them perhaps for the same one. Each has a thread in mode Threads, which has
/// 128 by default: some are left for requests that wait for none.
const MAX_TICKETS: usize = 96;
/// How often the operator is told that checks are refused.
const WARN_INTERVAL: Duration = Duration::from_secs(60);

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

/// What is known of a check that waits or runs.
pub(super) struct Job {
    key: u64,
    client: Option<IpAddr>,
    pub(super) since: Instant,
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
struct QueueState {
    queue: VecDeque<(Arc<Job>, Check)>,
    running: Vec<Arc<Job>>,
    /// How many tickets there are.
    tickets: usize,
    stopped: bool,
    warned: Option<Instant>,
}

impl QueueState {
    /// The check with this key that waits or runs.
    fn find(&self, key: u64) -> Option<&Arc<Job>> {
        let mut jobs = self.queue.iter().map(|(job, _)| job).chain(&self.running);
        jobs.find(|job| job.key == key)
    }

    /// Returns [`Verdict::Busy`] or [`Verdict::TooMany`] if there is no room for another request of a client. `is_new`: with a
    /// check of its own.
    fn refusal(&self, client: Option<IpAddr>, is_new: bool) -> Option<Verdict> {
        if self.tickets >= MAX_TICKETS || is_new && self.queue.len() >= MAX_QUEUED {
            return Some(Verdict::Busy);
        }
        let of_client = self.queue.iter().filter(|(job, _)| client.is_some() && job.client == client);
        (is_new && of_client.count() >= MAX_QUEUED_PER_CLIENT).then_some(Verdict::TooMany)
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
pub(super) struct HashQueue {
    /// Locked before the answer of a job.
    state: Mutex<QueueState>,
    changed: Condvar,
}

impl HashQueue {
    /// Queues a check, or joins one with the same key that waits or runs. A client of unknown address has the bound of all.
    ///
    /// # Errors
    /// [`Verdict::Busy`] or [`Verdict::TooMany`] if there is no room.
    pub(super) fn submit(
        self: &Arc<Self>,
        key: u64,
        client: Option<IpAddr>,
        check: impl FnOnce(&mut HashMemory) -> Verdict + Send + 'static,
    ) -> Result<Ticket, Verdict> {
        let client = client.map(network);
        let mut state = lock(&self.state);
        let found = state.find(key).map(Arc::clone);
        if let Some(verdict) = state.refusal(client, found.is_none()) {
            state.warn();
            return Err(verdict);
        }
        state.tickets += 1;
        let job = found.unwrap_or_else(|| {
            let job = Arc::new(Job { key, client, since: Instant::now(), answer: Mutex::default() });
            state.queue.push_back((Arc::clone(&job), Box::new(check)));
            self.changed.notify_one();
            job
        });
        Ok(Ticket::new(job, Arc::clone(self)))
    }

    /// Blocks until a check is queued, for `limit` at most, and returns the first one; `None` after that time, and if the queue
    /// has ended.
    pub(super) fn next(&self, limit: Option<Duration>) -> Option<(Arc<Job>, Check)> {
        let is_idle = |state: &mut QueueState| state.queue.is_empty() && !state.stopped;
        let state = lock(&self.state);
        let mut state = match limit {
            None => self.changed.wait_while(state, is_idle).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                let waited = self.changed.wait_timeout_while(state, limit, is_idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        let (job, check) = state.queue.pop_front()?;
        state.running.push(Arc::clone(&job));
        Some((job, check))
    }

    /// Answers every ticket of a check that [`Self::next`] has returned.
    pub(super) fn answer(&self, job: &Arc<Job>, verdict: Verdict) {
        lock(&self.state).running.retain(|other| !Arc::ptr_eq(other, job));
        let tickets = {
            let mut answer = lock(&job.answer);
            answer.verdict = Some(verdict);
            mem::take(&mut answer.tickets)
        };
        tickets.into_values().flatten().for_each(Waker::wake);
    }

    /// Ends the queue: what is queued is still returned.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }
}

/// The future of a verdict.
pub(super) struct Ticket {
    job: Arc<Job>,
    queue: Arc<HashQueue>,
    number: u64,
}

impl Ticket {
    fn new(job: Arc<Job>, queue: Arc<HashQueue>) -> Self {
        let number = {
            let mut answer = lock(&job.answer);
            let number = answer.next_ticket;
            answer.next_ticket += 1;
            answer.tickets.insert(number, None);
            number
        };
        Self { job, queue, number }
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
        let mut state = lock(&self.queue.state);
        state.tickets -= 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<IpAddr> = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));

    fn submit(queue: &Arc<HashQueue>, client: Option<IpAddr>, key: u64) -> Result<Ticket, Verdict> {
        queue.submit(key, client, |_| Verdict::Right)
    }

    fn take(queue: &HashQueue) -> Option<Arc<Job>> {
        queue.next(Some(Duration::ZERO)).map(|(job, _)| job)
    }

    fn poll(ticket: &mut Ticket) -> Poll<Verdict> {
        Pin::new(ticket).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn checks_are_taken_in_the_order_of_their_arrival() {
        let queue = Arc::default();
        let _tickets: Vec<_> = (0..5).map(|key| submit(&queue, None, key).ok()).collect();
        let keys: Vec<_> = std::iter::from_fn(|| take(&queue)).map(|job| job.key).collect();
        assert_eq!(keys, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_queue_has_a_bound_and_a_bound_for_each_client() {
        let queue = Arc::default();
        let mut tickets = Vec::new();
        for key in 0..MAX_QUEUED_PER_CLIENT as u64 {
            tickets.push(submit(&queue, A, key).unwrap());
        }
        assert_eq!(submit(&queue, A, 100).err(), Some(Verdict::TooMany));
        for key in 200..200 + (MAX_QUEUED - MAX_QUEUED_PER_CLIENT) as u64 {
            // A client of unknown address has the bound of all.
            tickets.push(submit(&queue, None, key).unwrap());
        }
        for client in [A, None] {
            assert_eq!(submit(&queue, client, 300).err(), Some(Verdict::Busy));
        }
        // One that runs makes room for another.
        assert!(take(&queue).is_some());
        assert!(submit(&queue, A, 300).is_ok());
    }

    #[test]
    fn a_dropped_ticket_gives_its_place_back() {
        let queue = Arc::default();
        let mut tickets: Vec<_> =
            (0..MAX_QUEUED as u64).map(|key| submit(&queue, None, key).unwrap()).collect();
        assert!(poll(&mut tickets[0]).is_pending());
        drop(tickets.remove(0));
        tickets.push(submit(&queue, None, 1000).unwrap());
        assert_eq!(submit(&queue, None, 1001).err(), Some(Verdict::Busy));
        assert!(std::iter::from_fn(|| take(&queue)).all(|job| job.key != 0), "nothing waits for it");
    }

    #[test]
    fn the_same_check_is_made_once_while_one_ticket_is_left() {
        let queue = Arc::default();
        let mut tickets: Vec<_> = (0..MAX_TICKETS).map(|_| submit(&queue, A, 7).unwrap()).collect();
        assert_eq!(submit(&queue, A, 7).err(), Some(Verdict::Busy));
        tickets.truncate(50);
        let job = take(&queue).unwrap();
        // It runs: others still join it.
        tickets.push(submit(&queue, A, 7).unwrap());
        assert!(take(&queue).is_none());
        assert!(tickets.iter_mut().all(|ticket| poll(ticket).is_pending()));
        queue.answer(&job, Verdict::Wrong);
        assert!(tickets.iter_mut().all(|ticket| poll(ticket) == Poll::Ready(Verdict::Wrong)));
        assert!(submit(&queue, A, 7).is_ok() && take(&queue).is_none(), "its only ticket was dropped");
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
