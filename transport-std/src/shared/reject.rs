//! `Rejector`: a thread that answers connections that are not served, and closes them without a reset.
//! Invariant: no worker blocks on a rejected connection, and none is kept for longer than `LINGER`.

use std::collections::VecDeque;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use std::{io, thread};

use bantam::{Blocking, Buffers, ConnectionState, Hooks, Rejection, blocking, reject};
use embedded_io::ErrorType;
use embedded_io_adapters::std::FromStd;

use crate::access::observer::{Observer, RejectedConnection};
use crate::net::BACKLOG;
use crate::shared::date::DateCache;
use crate::shared::rejection_log::RejectionLog;

/// How many connections linger at once; beyond that the oldest one is closed early.
const MAX_LINGERING: usize = 256;
/// How many connections wait for the thread: a burst is as long as the kernel's own queue.
const QUEUE_LEN: usize = BACKLOG as usize;
/// How long a client may take to read its response.
const LINGER: Duration = Duration::from_millis(500);
/// How often lingering connections are read.
const SWEEP_INTERVAL: Duration = Duration::from_millis(20);

/// Rejects connections; its thread ends with the last clone. A connection is dropped where the thread's queue is full.
#[derive(Clone)]
pub(crate) struct Rejector {
    queue: SyncSender<(TcpStream, Rejection)>,
    log: Arc<RejectionLog>,
}

impl Rejector {
    /// Starts the thread.
    pub(crate) fn start(observer: Arc<dyn Observer>) -> io::Result<Self> {
        let (queue, receiver) = sync_channel(QUEUE_LEN);
        thread::Builder::new()
            .name("bantam-reject".into())
            .stack_size(128 * 1024)
            .spawn(move || run(&receiver))?;
        Ok(Self { queue, log: Arc::new(RejectionLog::new(observer)) })
    }

    /// Answers 503 to a connection above the limit.
    pub(crate) fn too_many_connections(&self, socket: TcpStream) {
        self.reject(socket, Rejection::Busy, RejectedConnection::Limit);
    }

    /// Answers 400 to a connection without the PROXY protocol header that it has to begin with.
    pub(crate) fn missing_proxy_header(&self, socket: TcpStream) {
        self.reject(socket, Rejection::BadStartLine, RejectedConnection::ProxyHeader);
    }

    fn reject(&self, socket: TcpStream, rejection: Rejection, why: RejectedConnection) {
        self.log.report(&socket, rejection, why);
        let _ = self.queue.try_send((socket, rejection));
    }
}

fn run(receiver: &Receiver<(TcpStream, Rejection)>) {
    let mut date = DateCache::new();
    let mut lingering: VecDeque<(TcpStream, Instant)> = VecDeque::with_capacity(MAX_LINGERING);
    let mut last_sweep = Instant::now();
    loop {
        let next = if lingering.is_empty() {
            receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            receiver.recv_timeout(SWEEP_INTERVAL)
        };
        match next {
            Ok((socket, rejection)) => {
                if lingering.len() >= MAX_LINGERING {
                    // To close a socket with unread bytes would reset the connection and lose the response.
                    lingering.pop_front().map(|(oldest, _)| peer_has_closed(&oldest));
                }
                if send(&socket, &encode(&mut date, rejection)).is_ok() {
                    lingering.push_back((socket, Instant::now() + LINGER));
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        // Not after each response: a sweep takes longer than a response.
        let now = Instant::now();
        if now - last_sweep >= SWEEP_INTERVAL {
            last_sweep = now;
            lingering.retain(|(socket, deadline)| *deadline > now && !peer_has_closed(socket));
        }
    }
}

/// The whole response, as the core encodes it.
fn encode(date: &mut DateCache, rejection: Rejection) -> Vec<u8> {
    let mut buffers = Buffers::<{ ConnectionState::RESERVE }, 512>::new();
    let memory = FromStd::new(Cursor::new(Vec::new()));
    let mut transport = Blocking { stream: memory, hooks: DateHook(date) };
    // Writes to memory cannot fail.
    let _ = blocking::block_on(reject(&mut transport, &mut buffers.state(), rejection));
    transport.stream.into_inner().into_inner()
}

struct DateHook<'c>(&'c mut DateCache);

impl<T: ErrorType> Hooks<T> for DateHook<'_> {
    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.now())
    }
}

fn send(mut socket: &TcpStream, response: &[u8]) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    // The send buffer of a new socket holds the whole of it.
    socket.write_all(response)?;
    socket.shutdown(Shutdown::Write)
}

/// Reads and drops what the peer has sent. Returns true if it has closed its side.
fn peer_has_closed(mut socket: &TcpStream) -> bool {
    let mut scratch = [0; 4096];
    loop {
        match socket.read(&mut scratch) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }
}
