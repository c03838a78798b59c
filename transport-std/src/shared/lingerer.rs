//! `Lingerer`: the thread that closes connections after their last response (RFC 9112 section 9.6), in every mode.
//! Invariant: a connection that closes costs no worker, no slot, no buffers and no permit.

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;
use std::{io, thread};

use mio::{Poll, Waker};

use crate::net::BACKLOG;
use crate::shared::linger_count::LingerCount;
use crate::shared::linger_loop::{Closing, LingerLoop, MAX_LINGERING, WAKER};
use crate::shared::refusal::LastAnswer;
use crate::shared::state::{ServerState, WorkerHandle};

/// How many connections wait for the thread: a burst is as long as the kernel's own queue.
const QUEUE_LEN: usize = BACKLOG as usize;

/// Hands connections to the thread, which ends with the stop of the server or with the last clone. A connection is closed at
/// once where the thread's queue is full.
#[derive(Clone)]
pub(crate) struct Lingerer(Arc<Handle>);

/// The fields are dropped in this order: the thread that is woken finds the queue closed.
struct Handle {
    queue: SyncSender<Closing>,
    waker: WakeOnDrop,
    count: Arc<LingerCount>,
}

struct WakeOnDrop(Waker);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        let _ = self.0.wake();
    }
}

impl WorkerHandle for Handle {
    fn wake(&self) -> io::Result<()> {
        self.count.notify();
        Ok(())
    }

    fn lingering(&self) -> usize {
        self.count.get()
    }

    fn end(&self, server: &ServerState) {
        self.count.wait_and_end(server);
        // Fails only where the thread has ended.
        let _ = self.waker.0.wake();
    }
}

impl Lingerer {
    /// Starts the thread. `period` is [`bantam::Deadlines::close`].
    pub(crate) fn start(period: Duration) -> io::Result<Self> {
        let (queue, receiver) = sync_channel(QUEUE_LEN);
        let poll = Poll::new()?;
        let waker = WakeOnDrop(Waker::new(poll.registry(), WAKER)?);
        let count = Arc::new(LingerCount::default());
        let lingering = LingerLoop::new(poll, receiver, Arc::clone(&count), period, MAX_LINGERING);
        let builder = thread::Builder::new().name("bantam-linger".into()).stack_size(128 * 1024);
        builder.spawn(move || lingering.run())?;
        Ok(Self(Arc::new(Handle { queue, waker, count })))
    }

    /// Ends our side of a connection whose last response is written. What the peer still sends is read and dropped until it
    /// closes: to close a socket with unread bytes resets the connection, and the peer may lose the response.
    pub(crate) fn linger(&self, socket: TcpStream) {
        // Fails where the peer has reset the connection.
        if socket.shutdown(Shutdown::Write).is_ok() {
            self.push(socket, LastAnswer::Written);
        }
    }

    /// Answers a connection that is not served, and closes it as [`Self::linger`] does.
    pub(crate) fn answer(&self, socket: TcpStream, answer: LastAnswer) {
        self.push(socket, answer);
    }

    /// The thread, as the state of the server sees it.
    pub(crate) fn handle(&self) -> Arc<dyn WorkerHandle> {
        Arc::clone(&self.0) as _
    }

    fn push(&self, socket: TcpStream, answer: LastAnswer) {
        let closing = Closing { socket, answer, guard: self.0.count.enter() };
        if self.0.queue.try_send(closing).is_ok() {
            // Fails only where the thread has ended.
            let _ = self.0.waker.0.wake();
        }
    }
}
