//! The TCP port of a server: what each of its workers does, and how many SYNs their sockets can take.
//! Invariant: [`ServerPort::has_room`] is true only if a socket is in LISTEN that no SYN has been passed to.

use core::cell::Cell;
use core::fmt;
use core::task::Waker;

use bantam::Deadlines;

/// A TCP port that up to `WORKERS` workers listen on. Like embassy-net's `Stack` it belongs to one executor. In RAM it costs
/// its [`Deadlines`] and 12 bytes a worker.
pub struct ServerPort<const WORKERS: usize> {
    pub(super) number: u16,
    pub(super) deadlines: Deadlines,
    is_stopping: Cell<bool>,
    workers: [Entry; WORKERS],
    /// SYNs that the filter has passed to the stack since a worker last accounted for them.
    passed: Cell<usize>,
    /// SYNs that the filter holds.
    held: Cell<usize>,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkerState {
    /// No worker has this entry.
    Vacant,
    /// Its socket was in LISTEN when the worker last looked. `seen`: since then no SYN has been passed to the stack.
    Listening { seen: bool },
    /// A handshake is under way.
    Handshake,
    /// Its connection waits for a request.
    Idle,
    /// It serves a request.
    Serving,
    /// It closes its connection.
    Closing,
}

/// The state of a worker.
struct Entry {
    state: Cell<WorkerState>,
    /// While the worker listens, its connection is idle, or it watches the peer of a stream.
    waker: Cell<Option<Waker>>,
}

/// How many workers of a [`ServerPort`] are in each state, and the clients that wait for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerCounts {
    /// Workers that listen, or whose handshake is under way.
    pub listening: usize,
    /// Connections without a request.
    pub idle: usize,
    /// Connections with a request.
    pub serving: usize,
    /// Connections that the server has closed or aborted.
    pub closing: usize,
    /// Clients that [`super::SynFilter`] lets wait.
    pub waiting: usize,
}

impl<const WORKERS: usize> ServerPort<WORKERS> {
    /// Returns a port without workers. Its connections have these deadlines.
    ///
    /// # Panics
    /// Panics if `number` is 0.
    #[must_use]
    pub const fn new(number: u16, deadlines: Deadlines) -> Self {
        assert!(number != 0, "a server listens on a port from 1 to 65535");
        let workers =
            [const { Entry { state: Cell::new(WorkerState::Vacant), waker: Cell::new(None) } }; WORKERS];
        Self {
            number,
            deadlines,
            workers,
            passed: Cell::new(0),
            held: Cell::new(0),
            is_stopping: Cell::new(false),
        }
    }

    /// Counts the workers by state.
    #[must_use]
    pub fn worker_counts(&self) -> WorkerCounts {
        let mut counts = WorkerCounts { waiting: self.held.get(), ..WorkerCounts::default() };
        for entry in &self.workers {
            *match entry.state.get() {
                WorkerState::Vacant => continue,
                WorkerState::Listening { .. } | WorkerState::Handshake => &mut counts.listening,
                WorkerState::Idle => &mut counts.idle,
                WorkerState::Serving => &mut counts.serving,
                WorkerState::Closing => &mut counts.closing,
            } += 1;
        }
        counts
    }

    /// Begins to stop, for example to start the device anew: connections are closed when their response is whole, or when they have been
    /// idle for a second, and streams without an end are woken and asked to end ([`bantam::Connection::is_ending`]). Workers that listen go
    /// on: end their tasks.
    pub fn stop(&self) {
        self.is_stopping.set(true);
        self.wake(|state| matches!(state, WorkerState::Idle | WorkerState::Serving));
    }

    /// Returns true if the server has begun to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.get()
    }

    /// Takes an entry for a worker.
    ///
    /// # Panics
    /// Panics if `WORKERS` workers have one.
    pub(super) fn join(&self) -> usize {
        let vacant = |entry: &Entry| entry.state.get() == WorkerState::Vacant;
        let index = self.workers.iter().position(vacant).expect("at most WORKERS workers run");
        self.enter(index, WorkerState::Closing);
        index
    }

    /// Returns what a worker does.
    pub(super) fn state(&self, index: usize) -> WorkerState {
        self.workers.get(index).map_or(WorkerState::Vacant, |entry| entry.state.get())
    }

    /// Records what a worker does. It is woken no more.
    pub(super) fn enter(&self, index: usize, state: WorkerState) {
        // A socket leaves LISTEN by a SYN that the filter has passed.
        let taken = matches!(self.state(index), WorkerState::Listening { .. })
            && !matches!(state, WorkerState::Listening { .. });
        self.replace(index, state, usize::from(taken));
    }

    /// Records that a worker is gone, whose socket was in LISTEN or not.
    pub(super) fn leave(&self, index: usize, socket_listened: bool) {
        let taken = matches!(self.state(index), WorkerState::Listening { .. }) && !socket_listened;
        self.replace(index, WorkerState::Vacant, usize::from(taken));
    }

    fn replace(&self, index: usize, state: WorkerState, taken: usize) {
        let Some(entry) = self.workers.get(index) else { return };
        entry.state.set(state);
        entry.waker.set(None);
        let passed = self.passed.get().saturating_sub(taken);
        // When every worker has looked, a SYN that is still counted has taken no socket.
        let unseen =
            passed > 0 && self.states().any(|state| matches!(state, WorkerState::Listening { seen: false }));
        self.passed.set(if unseen { passed } else { 0 });
    }

    /// Records what a worker waits for, and its waker: a worker that listens is woken when it has to look at its socket, one
    /// with an idle connection when a client waits, and any but the former when the server begins to stop.
    pub(super) fn wait(&self, index: usize, state: WorkerState, waker: &Waker) {
        self.enter(index, state);
        if let Some(entry) = self.workers.get(index) {
            entry.waker.set(Some(waker.clone()));
        }
    }

    /// Returns true if a socket listens that no SYN has been passed to.
    pub(super) fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// Returns true if more clients wait than workers are about to listen.
    pub(super) fn has_waiting_client(&self) -> bool {
        let closing = self.states().filter(|state| *state == WorkerState::Closing).count();
        self.held.get() > closing + self.room()
    }

    /// Records that the filter passes a SYN to the stack. At the last one that the sockets can take the workers look at their
    /// sockets: the SYN may be one that takes none, such as a repeated one.
    pub(super) fn pass(&self) {
        self.passed.set(self.passed.get() + 1);
        for entry in &self.workers {
            if matches!(entry.state.get(), WorkerState::Listening { .. }) {
                entry.state.set(WorkerState::Listening { seen: false });
            }
        }
        if !self.has_room() {
            self.wake(|state| matches!(state, WorkerState::Listening { .. }));
        }
    }

    /// Records how many SYNs the filter holds. With a further one idle connections have to give way.
    pub(super) fn hold(&self, count: usize) {
        if count > self.held.replace(count) {
            self.wake(|state| state == WorkerState::Idle);
        }
    }

    fn room(&self) -> usize {
        let listening = self.states().filter(|state| matches!(state, WorkerState::Listening { .. })).count();
        listening.saturating_sub(self.passed.get())
    }

    fn states(&self) -> impl Iterator<Item = WorkerState> + '_ {
        self.workers.iter().map(|entry| entry.state.get())
    }

    /// Wakes the workers in these states.
    fn wake(&self, which: impl Fn(WorkerState) -> bool) {
        for entry in self.workers.iter().filter(|entry| which(entry.state.get())) {
            if let Some(waker) = entry.waker.take() {
                waker.wake();
            }
        }
    }
}

impl<const WORKERS: usize> fmt::Debug for ServerPort<WORKERS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerPort")
            .field("number", &self.number)
            .field("worker_counts", &self.worker_counts())
            .finish_non_exhaustive()
    }
}
