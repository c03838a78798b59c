//! The loop of the [`Lingerer`](super::lingerer::Lingerer)'s thread: reads and drops what closing connections still receive.
//! Invariant: the memory of all connections is bounded: they share one buffer, and beyond `capacity` the oldest is closed.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::mem;
use std::net::{self, Shutdown};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::shared::acceptor::poll_or_sleep;
use crate::shared::date::DateCache;
use crate::shared::deadline::until;
use crate::shared::guard::report;
use crate::shared::linger_count::{LingerCount, LingerGuard};
use crate::shared::linger_timer::LingerTimer;
use crate::shared::refusal::LastAnswer;

/// How many connections linger at once.
pub(super) const MAX_LINGERING: usize = 1024;
/// The token of the thread's waker.
pub(super) const WAKER: Token = Token(usize::MAX);

/// How many bytes are read at once: the one buffer of all connections.
const SCRATCH_SIZE: usize = 64 * 1024;
/// How often a connection is read before the next one.
const READ_BUDGET: usize = 16;
/// How many events one poll returns.
const EVENT_CAPACITY: usize = 256;

/// A connection that is handed over.
pub(super) struct Closing {
    pub(super) socket: net::TcpStream,
    /// What is still to be written. Where that is nothing, our side has ended already.
    pub(super) answer: LastAnswer,
    pub(super) guard: LingerGuard,
}

/// A connection that lingers.
struct Lingering {
    socket: TcpStream,
    /// It is in `LingerLoop::readable`.
    is_readable: bool,
    timer: LingerTimer,
    _guard: LingerGuard,
}

impl Lingering {
    /// Reads and drops what has arrived.
    fn read(&mut self, scratch: &mut [u8]) -> AfterRead {
        for _ in 0..READ_BUDGET {
            match self.socket.read(scratch) {
                Ok(0) => return AfterRead::Close,
                Ok(count) => self.timer.receive(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return AfterRead::Wait,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return AfterRead::Close,
            }
        }
        AfterRead::ReadOn
    }
}

/// What follows a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterRead {
    /// The socket is empty: wait for an event.
    Wait,
    /// More may have arrived.
    ReadOn,
    /// The peer has closed its side, or the connection has failed.
    Close,
}

/// The connections that linger. Their keys are their tokens, in the order in which they came.
pub(super) struct LingerLoop {
    poll: Poll,
    queue: Receiver<Closing>,
    count: Arc<LingerCount>,
    period: Duration,
    capacity: usize,
    connections: BTreeMap<usize, Lingering>,
    next_key: usize,
    readable: Vec<usize>,
    /// When the first period ends, or earlier.
    next_sweep: Option<Instant>,
    scratch: Vec<u8>,
    date: DateCache,
}

impl LingerLoop {
    pub(super) fn new(
        poll: Poll,
        queue: Receiver<Closing>,
        count: Arc<LingerCount>,
        period: Duration,
        capacity: usize,
    ) -> Self {
        Self {
            poll,
            queue,
            count,
            period,
            capacity,
            connections: BTreeMap::new(),
            next_key: 0,
            readable: Vec::new(),
            next_sweep: None,
            scratch: vec![0; SCRATCH_SIZE],
            date: DateCache::new(),
        }
    }

    /// Runs until the server has stopped or the queue is closed; then closes every connection.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENT_CAPACITY);
        while !self.count.has_ended() && self.turn(&mut events) {
            self.sweep(Instant::now());
        }
    }

    /// Waits for events, and reads what they report. Returns false if the queue is closed.
    fn turn(&mut self, events: &mut Events) -> bool {
        let timeout = if self.readable.is_empty() { until(self.next_sweep) } else { Some(Duration::ZERO) };
        poll_or_sleep(&mut self.poll, events, timeout);
        for Token(key) in events.iter().map(mio::event::Event::token) {
            if let Some(connection) = self.connections.get_mut(&key)
                && !mem::replace(&mut connection.is_readable, true)
            {
                self.readable.push(key);
            }
        }
        let now = Instant::now();
        loop {
            match self.queue.try_recv() {
                Ok(closing) => self.add(closing, now),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        for key in mem::take(&mut self.readable) {
            self.read(key);
        }
        true
    }

    fn add(&mut self, Closing { mut socket, answer, guard }: Closing, now: Instant) {
        if self.connections.len() >= self.capacity
            && let Some((_, mut oldest)) = self.connections.pop_first()
        {
            // Unread bytes would reset the connection.
            oldest.read(&mut self.scratch);
        }
        let prepared = socket.set_nonblocking(true).and_then(|()| match answer {
            LastAnswer::Written => Ok(()),
            answer => {
                answer.write(&mut socket, &mut self.date)?;
                socket.shutdown(Shutdown::Write)
            }
        });
        let mut socket = TcpStream::from_std(socket);
        let key = self.next_key;
        let registry = self.poll.registry();
        // The first event comes for what has already arrived.
        let registered =
            prepared.and_then(|()| registry.register(&mut socket, Token(key), Interest::READABLE));
        if let Err(error) = registered {
            report!(debug, "a closing connection has failed: {error}");
            return;
        }
        self.next_key = (key + 1) % WAKER.0;
        let timer = LingerTimer::new(now, self.period);
        let sweep = timer.period_ends();
        self.next_sweep = Some(self.next_sweep.map_or(sweep, |at| at.min(sweep)));
        self.connections.insert(key, Lingering { socket, is_readable: false, timer, _guard: guard });
    }

    fn read(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(&key) else { return };
        match connection.read(&mut self.scratch) {
            AfterRead::Wait => connection.is_readable = false,
            AfterRead::ReadOn => self.readable.push(key),
            AfterRead::Close => {
                self.connections.remove(&key);
            }
        }
    }

    /// Closes the connections that have lingered for long enough.
    fn sweep(&mut self, now: Instant) {
        if self.next_sweep.is_some_and(|at| at <= now) {
            let period = self.period;
            self.connections.retain(|_, connection| connection.timer.goes_on(now, period));
            self.next_sweep =
                self.connections.values().map(|connection| connection.timer.period_ends()).min();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::mpsc::{SyncSender, sync_channel};

    use super::*;

    const PERIOD: Duration = Duration::from_secs(5);

    /// A client, and its connection.
    fn pair() -> (net::TcpStream, net::TcpStream) {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        (client, listener.accept().unwrap().0)
    }

    fn empty(capacity: usize) -> (SyncSender<Closing>, LingerLoop) {
        let (sender, receiver) = sync_channel(1);
        (sender, LingerLoop::new(Poll::new().unwrap(), receiver, Arc::default(), PERIOD, capacity))
    }

    fn add(lingering: &mut LingerLoop, socket: net::TcpStream, now: Instant) {
        let guard = lingering.count.enter();
        lingering.add(Closing { socket, answer: LastAnswer::Written, guard }, now);
    }

    #[test]
    fn beyond_its_capacity_the_oldest_connection_is_closed() {
        let (_sender, mut lingering) = empty(2);
        let (mut pairs, now): (Vec<_>, _) = ((0..3).map(|_| pair()).collect(), Instant::now());
        let mut clients = Vec::new();
        for (mut client, socket) in pairs.drain(..) {
            // Unread bytes do not reset the connection that makes room.
            client.write_all(b"x").unwrap();
            socket.peek(&mut [0]).unwrap();
            add(&mut lingering, socket, now);
            clients.push(client);
        }
        assert_eq!(lingering.connections.keys().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(clients[0].read(&mut [0]).unwrap(), 0, "closed, and not reset");
    }

    #[test]
    fn a_peer_that_sends_without_end_does_not_keep_others_from_being_read() {
        let (_sender, mut lingering) = empty(2);
        let ((mut busy, socket), now) = (pair(), Instant::now());
        // More than one connection may read at once: the budget ends before the bytes do.
        lingering.scratch.truncate(16);
        busy.write_all(&[0; 16 * READ_BUDGET + 1]).unwrap();
        socket.peek(&mut [0; 16 * READ_BUDGET + 1]).unwrap();
        add(&mut lingering, socket, now);
        let (quiet, socket) = pair();
        drop(quiet);
        add(&mut lingering, socket, now);
        let mut events = Events::with_capacity(2);
        while lingering.connections.len() == 2 {
            lingering.turn(&mut events);
        }
        assert_eq!(lingering.connections.keys().copied().collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn the_thread_ends_with_its_last_handle_and_closes_what_lingers() {
        let (sender, mut lingering) = empty(2);
        let (mut client, socket) = pair();
        let count = Arc::clone(&lingering.count);
        add(&mut lingering, socket, Instant::now());
        drop(sender);
        // Without a waker of its own, the event of the client ends the poll.
        client.write_all(b"x").unwrap();
        lingering.run();
        assert_eq!((count.get(), client.read(&mut [0]).is_ok_and(|count| count > 0)), (0, false));
    }
}
