//! State that the workers of a server share: connection counts, their limit, and the shutdown.
//! Invariant: at most `limit` permits exist at any time, and those without a client are refused only while that many exist.

use std::fmt::Display;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::access::client_key::ClientKey;
use crate::access::observer::RejectedConnection;
use crate::shared::clients::ClientCounts;
use crate::shared::deadline::{deadline_in, until};
use crate::shared::guard::report;
use crate::shared::sync::{AtomicBool, AtomicU64, AtomicUsize, Condvar, Mutex, Ordering, fence, lock, wait};

/// How long the requests of other workers may take when the server stops because a worker has ended.
const FAILURE_GRACE: Duration = Duration::from_secs(10);

/// How long after the deadline of the stop a worker may take to abort its connections. Beyond it a page blocks its thread.
const OVERTIME: Duration = Duration::from_secs(1);

/// How many connections a server has. The numbers are read without a lock, while connections open and close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// Connections that are accepted and not closed.
    pub open: usize,
    /// Open connections that wait for something else than their next request.
    pub active: usize,
    /// Connections that have got their last response, or 503, and whose peer has not closed its side yet. They are not
    /// open: the limit does not count them.
    pub lingering: usize,
}

/// A worker, as other threads see it.
pub(crate) trait WorkerHandle: Send + Sync {
    /// Makes the worker read [`ServerState::is_stopping`] and [`ServerState::until_abort`] again.
    fn wake(&self) -> io::Result<()>;

    /// How many of its connections wait for something else than their next request.
    fn active(&self) -> usize {
        0
    }

    /// How many connections it has that linger.
    fn lingering(&self) -> usize {
        0
    }

    /// Blocks until it has no connection that lingers, or until the deadline of the stop, and ends it.
    fn end(&self, _: &ServerState) {}
}

impl WorkerHandle for mio::Waker {
    fn wake(&self) -> io::Result<()> {
        Self::wake(self)
    }
}

/// The progress of a stop.
#[derive(Default)]
struct Stop {
    /// When the connections are aborted; `None` before the stop, and for never.
    deadline: Option<Instant>,
    /// How many workers have ended.
    ended: usize,
    /// How many connections they have aborted, or lost when a worker has panicked.
    aborted: usize,
}

/// Counts, limit and shutdown of one server.
pub(crate) struct ServerState {
    limit: usize,
    clients: ClientCounts,
    open: AtomicUsize,
    stopping: AtomicBool,
    stop: Mutex<Stop>,
    stop_changed: Condvar,
    worker_panics: AtomicUsize,
    started: Instant,
    workers: Vec<Arc<dyn WorkerHandle>>,
}

impl ServerState {
    /// `per_client`: how many connections one client may have; `None` for any number.
    pub(crate) fn new(
        limit: usize,
        per_client: Option<NonZeroUsize>,
        workers: Vec<Arc<dyn WorkerHandle>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            limit,
            clients: ClientCounts::new(per_client),
            open: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            stop: Mutex::new(Stop::default()),
            stop_changed: Condvar::new(),
            worker_panics: AtomicUsize::new(0),
            started: Instant::now(),
            workers,
        })
    }

    /// Counts a connection in, if the limits allow. `client`: whose it is, if that is limited and known.
    ///
    /// # Errors
    /// [`RejectedConnection::ClientLimit`] beyond that of the client, or else [`RejectedConnection::Limit`].
    pub(crate) fn admit(self: &Arc<Self>, client: Option<ClientKey>) -> Result<Permit, RejectedConnection> {
        let client = client.filter(|client| client.number() != NO_CLIENT);
        // First: a client beyond its own limit makes no other connection make way.
        if client.is_some_and(|client| !self.clients.enter(client)) {
            return Err(RejectedConnection::ClientLimit);
        }
        // Not an addition that is taken back above the limit: another thread would see a count that is too high.
        let next = |open| (open < self.limit).then_some(open + 1);
        if self.open.fetch_update(Ordering::Acquire, Ordering::Relaxed, next).is_err() {
            client.inspect(|client| self.clients.leave(*client));
            return Err(RejectedConnection::Limit);
        }
        let client = AtomicU64::new(client.map_or(NO_CLIENT, ClientKey::number));
        Ok(Permit { state: Arc::clone(self), client })
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Closes idle connections and listeners at once, and every connection at `deadline`. A second call changes the deadline.
    pub(crate) fn shut_down(&self, deadline: Option<Instant>) {
        lock(&self.stop).deadline = deadline;
        self.stop_changed.notify_all();
        self.stopping.store(true, Ordering::Release);
        // Between this store and the loads in `wake`; the other one is in `threads::SharedConnection::mark_idle`.
        fence(Ordering::SeqCst);
        for error in self.workers.iter().filter_map(|worker| worker.wake().err()) {
            report!(warn, "cannot wake a worker to stop it: {error}");
        }
    }

    /// Counts a panic of a worker, which goes on without the connections that it had.
    pub(crate) fn worker_restarted(&self, lost: usize) {
        lock(&self.stop).aborted += lost;
        self.worker_panics.fetch_add(1, Ordering::Relaxed);
        report!(error, "a worker has panicked: it goes on without its {lost} connections");
    }

    /// Counts a worker that has ended before the stop, and stops the server: no other worker has its listeners.
    pub(crate) fn worker_ended(&self, cause: &dyn Display) {
        self.worker_panics.fetch_add(1, Ordering::Relaxed);
        report!(error, "a worker has ended, and the server stops: {cause}");
        if !self.is_stopping() {
            self.shut_down(deadline_in(FAILURE_GRACE));
        }
    }

    pub(crate) fn worker_panics(&self) -> usize {
        self.worker_panics.load(Ordering::Relaxed)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// How long until a stopping server aborts its connections; `None` for never.
    pub(crate) fn until_abort(&self) -> Option<Duration> {
        until(lock(&self.stop).deadline)
    }

    /// Notes the end of a worker that has aborted so many connections.
    pub(crate) fn worker_done(&self, aborted: usize) {
        let mut stop = lock(&self.stop);
        (stop.ended, stop.aborted) = (stop.ended + 1, stop.aborted + aborted);
        drop(stop);
        self.stop_changed.notify_all();
    }

    /// Blocks until so many workers have ended, or the deadline of the stop is over for a while: a page blocks the threads of the
    /// others. Returns how many connections are aborted, theirs by the end of the process.
    pub(crate) fn join_workers(&self, count: usize) -> usize {
        let mut stop = lock(&self.stop);
        while stop.ended < count {
            let end = stop.deadline.and_then(|deadline| deadline.checked_add(OVERTIME));
            let left = until(end);
            if left == Some(Duration::ZERO) {
                let (blocked, aborted) = (count - stop.ended, stop.aborted);
                drop(stop);
                report!(warn, "{blocked} workers are not waited for: a page blocks each");
                return aborted + self.connections().open;
            }
            stop = wait(&self.stop_changed, stop, left);
        }
        stop.aborted
    }

    /// Blocks until no connection lingers, or until the deadline of the stop. The threads that serve have ended.
    pub(crate) fn wait_for_workers(&self) {
        self.workers.iter().for_each(|worker| worker.end(self));
    }

    /// Milliseconds since the start of the server.
    pub(crate) fn uptime_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn connections(&self) -> ConnectionCounts {
        let active = self.workers.iter().map(|worker| worker.active()).sum();
        let lingering = self.workers.iter().map(|worker| worker.lingering()).sum();
        ConnectionCounts { open: self.open.load(Ordering::Relaxed), active, lingering }
    }
}

/// Counts one connection as open until it is dropped.
pub(crate) struct Permit {
    state: Arc<ServerState>,
    /// The client that it counts for, or [`NO_CLIENT`].
    client: AtomicU64,
}

/// The number of ::/64, whose addresses are those of this machine: it is not limited.
const NO_CLIENT: u64 = 0;

impl Permit {
    pub(crate) fn state(&self) -> &ServerState {
        &self.state
    }

    /// Counts the connection for a client that was not known before. Returns false beyond the client's limit.
    pub(crate) fn assign(&self, client: ClientKey) -> bool {
        if self.client.load(Ordering::Relaxed) != NO_CLIENT || client.number() == NO_CLIENT {
            return true;
        }
        let is_admitted = self.state.clients.enter(client);
        if is_admitted {
            self.client.store(client.number(), Ordering::Relaxed);
        }
        is_admitted
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let client = self.client.load(Ordering::Relaxed);
        if client != NO_CLIENT {
            self.state.clients.leave(ClientKey::from_number(client));
        }
        self.state.open.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(all(test, bantam_model))]
#[path = "../../tests/models/limit.rs"]
mod model;
