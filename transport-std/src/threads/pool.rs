//! The thread pool of mode `Threads`: its queue, and the connections that its threads serve.
//! Invariant: a connection is queued or served from `push` until its [`Lease`] is dropped, and a thread that waits is woken
//! for every connection and for the stop.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::connection::{SharedConnection, Socket};
use crate::shared::state::{ServerState, WorkerHandle};
use crate::shared::sync::{AtomicUsize, Condvar, Mutex, Ordering, lock, wait};

struct PoolState<S> {
    queue: VecDeque<Arc<SharedConnection<S>>>,
    served: HashMap<u64, Arc<SharedConnection<S>>>,
    next_id: u64,
    threads: usize,
}

impl<S> PoolState<S> {
    /// How many connections of the queue no thread is free for. A thread that is being started counts as free.
    fn backlog(&self) -> usize {
        self.queue.len().saturating_sub(self.threads.saturating_sub(self.served.len()))
    }
}

/// The connections of a server, queued and served.
pub(super) struct Pool<S = TcpStream> {
    state: Mutex<PoolState<S>>,
    /// A connection is queued, or the server stops.
    work_available: Condvar,
    /// A thread has ended, or the deadline of the stop has changed.
    worker_done: Condvar,
    backlog: AtomicUsize,
    max_threads: usize,
}

impl<S: Socket> Pool<S> {
    pub(super) fn new(max_threads: usize) -> Self {
        let state = PoolState { queue: VecDeque::new(), served: HashMap::new(), next_id: 0, threads: 0 };
        Self {
            state: Mutex::new(state),
            work_available: Condvar::new(),
            worker_done: Condvar::new(),
            backlog: AtomicUsize::new(0),
            max_threads,
        }
    }

    /// Returns true if a connection waits for a thread. Takes no lock.
    pub(super) fn has_backlog(&self) -> bool {
        self.backlog.load(Ordering::Relaxed) > 0
    }

    /// Queues a connection. Returns true if the caller has to start another thread for it.
    #[must_use]
    pub(super) fn push(&self, connection: SharedConnection<S>) -> bool {
        let mut state = lock(&self.state);
        state.queue.push_back(Arc::new(connection));
        if state.backlog() > 0 && state.threads < self.max_threads {
            state.threads += 1;
            return true;
        }
        self.publish_backlog(&state);
        self.work_available.notify_one();
        false
    }

    fn publish_backlog(&self, state: &PoolState<S>) {
        self.backlog.store(state.backlog(), Ordering::Relaxed);
    }

    /// Takes back the thread that [`Self::push`] has asked for.
    pub(super) fn spawn_failed(&self) {
        let mut state = lock(&self.state);
        state.threads -= 1;
        self.publish_backlog(&state);
    }

    /// Counts a thread that could not be started before, if a connection waits for it: the caller has to start it.
    #[must_use]
    pub(super) fn add_missing_thread(&self) -> bool {
        let mut state = lock(&self.state);
        let is_missing = state.backlog() > 0 && state.threads < self.max_threads;
        if is_missing {
            state.threads += 1;
            self.publish_backlog(&state);
        }
        is_missing
    }

    /// Takes the connections from the queue that have waited for `limit`.
    pub(super) fn take_expired(&self, uptime_ms: u64, limit: Duration) -> Vec<SharedConnection<S>> {
        let mut state = lock(&self.state);
        let has_waited = |front: &Arc<SharedConnection<S>>| front.has_waited(uptime_ms, limit);
        let count = state.queue.iter().take_while(|front| has_waited(front)).count();
        // Only the queue has it.
        let expired = state.queue.drain(..count).filter_map(Arc::into_inner).collect();
        self.publish_backlog(&state);
        expired
    }

    /// Takes back a thread that ends without [`Self::next_connection`] having told it to.
    pub(super) fn thread_died(&self) {
        self.spawn_failed();
        self.worker_done.notify_all();
    }

    /// Closes connections that have been idle for a while, one for each that is queued.
    pub(super) fn reclaim_idle(&self, uptime_ms: u64) {
        let state = lock(&self.state);
        let idle = state.served.values().filter(|connection| connection.close_if_idle_since(uptime_ms));
        idle.take(state.queue.len()).for_each(drop);
    }

    /// Closes the connection that has been idle longest. Returns false if none is idle.
    pub(super) fn close_longest_idle(&self) -> bool {
        let state = lock(&self.state);
        let idle =
            state.served.values().filter_map(|connection| Some((connection.idle_since()?, connection)));
        let longest = idle.min_by_key(|(since, _)| *since);
        longest.map(|(_, connection)| connection.close_if_idle()).is_some()
    }

    /// Blocks until a connection is queued; returns `None` if none is and the server stops.
    pub(super) fn next_connection(&self, server: &ServerState) -> Option<Lease<'_, S>> {
        let mut state = lock(&self.state);
        loop {
            if let Some(connection) = state.queue.pop_front() {
                let id = state.next_id;
                state.next_id += 1;
                state.served.insert(id, Arc::clone(&connection));
                self.publish_backlog(&state);
                return Some(Lease { pool: self, id, connection });
            }
            if server.is_stopping() {
                state.threads -= 1;
                self.worker_done.notify_all();
                return None;
            }
            state = wait(&self.work_available, state, None);
        }
    }

    /// Blocks until every thread has ended, or aborts the connections at the deadline of the stop; returns how many.
    pub(super) fn join(&self, server: &ServerState) -> usize {
        let mut state = lock(&self.state);
        while state.threads > 0 {
            let remaining = server.until_abort();
            if remaining == Some(Duration::ZERO) {
                break;
            }
            state = wait(&self.worker_done, state, remaining);
        }
        for connection in state.served.values().chain(&state.queue) {
            let _ = connection.socket.shutdown(Shutdown::Both);
        }
        state.served.len() + state.queue.len()
    }
}

impl<S: Socket + Send + Sync> WorkerHandle for Pool<S> {
    /// Closes the idle connections of a server that stops, and wakes the threads that wait.
    fn wake(&self) -> io::Result<()> {
        // The lock: a thread that has read the state before the stop waits before it is notified.
        let state = lock(&self.state);
        state.served.values().for_each(|connection| connection.on_stop());
        self.work_available.notify_all();
        self.worker_done.notify_all();
        Ok(())
    }

    fn active(&self) -> usize {
        let state = lock(&self.state);
        state.queue.len() + state.served.values().filter(|connection| !connection.is_idle()).count()
    }
}

/// A connection that is served; leaves the pool when dropped.
pub(super) struct Lease<'p, S: Socket = TcpStream> {
    pool: &'p Pool<S>,
    id: u64,
    pub(super) connection: Arc<SharedConnection<S>>,
}

impl<S: Socket> Lease<'_, S> {
    /// Counts the connection out, and returns its socket.
    pub(super) fn release(self) -> Option<S> {
        let connection = Arc::clone(&self.connection);
        drop(self);
        // The pool had the other reference.
        Arc::into_inner(connection).map(SharedConnection::into_socket)
    }
}

impl<S: Socket> Drop for Lease<'_, S> {
    fn drop(&mut self) {
        lock(&self.pool.state).served.remove(&self.id);
    }
}

#[cfg(all(test, bantam_model))]
#[path = "../../tests/models/pool.rs"]
mod model;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Queues a client; returns true if it needs another thread.
    fn push(pool: &Pool, server: &Arc<ServerState>) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, address) = listener.accept().unwrap();
        pool.push(SharedConnection::new(server.admit(None).unwrap(), socket, Some(address)))
    }

    #[test]
    fn a_thread_that_is_being_started_counts_as_free() {
        let (server, pool) = (ServerState::new(10, None, Vec::new()), Pool::new(3));
        for _ in 0..3 {
            assert!(push(&pool, &server));
        }
        let first = pool.next_connection(&server);
        assert!(first.is_some() && !pool.has_backlog());
        let others = (pool.next_connection(&server), pool.next_connection(&server));
        assert!(!push(&pool, &server) && pool.has_backlog());
        drop((first, others));
    }

    #[test]
    fn a_connection_whose_thread_cannot_be_started_waits_for_another_thread() {
        let (server, pool) = (ServerState::new(10, None, Vec::new()), Pool::new(2));
        assert!(push(&pool, &server));
        let _first = pool.next_connection(&server);
        assert!(push(&pool, &server) && !pool.has_backlog());
        pool.spawn_failed();
        assert!(pool.has_backlog());
    }

    #[test]
    fn a_thread_that_dies_is_missing_until_another_is_added() {
        let (server, pool) = (ServerState::new(10, None, Vec::new()), Pool::new(1));
        assert!(push(&pool, &server) && !pool.add_missing_thread());
        pool.thread_died();
        assert!(pool.has_backlog());
        assert!(pool.add_missing_thread() && !pool.add_missing_thread() && !pool.has_backlog());
    }

    #[test]
    fn connections_that_have_waited_leave_the_queue_and_are_counted_out() {
        let (server, pool) = (ServerState::new(10, None, Vec::new()), Pool::new(1));
        assert!(push(&pool, &server) && !push(&pool, &server));
        assert!(pool.take_expired(u64::MAX, Duration::MAX).is_empty());
        assert_eq!(pool.take_expired(u64::MAX, Duration::from_secs(1)).len(), 2);
        assert!(server.connections().open == 0 && !pool.has_backlog());
    }
}
