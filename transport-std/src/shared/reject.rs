//! Law: a client that cannot be let in is told so and sees the end of it, on one thread for all of them, within a second;
//! refusing never holds up those who can be served.

use std::collections::VecDeque;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use std::{io, thread};

use bantam::{Blocking, Buffers, ConnectionState, Hooks, Rejection, blocking, reject};
use embedded_io::ErrorType;
use embedded_io_adapters::std::FromStd;

use crate::net::BACKLOG;
use crate::shared::date::DateCache;

/// How many refused clients are seen off at once; beyond that the first of them, who have been told, are let go early.
const CROWD: usize = 256;
/// How many may wait to be told: a burst is as large as the kernel's own queue.
const QUEUE: usize = BACKLOG as usize;
/// How long one of them may take to read its 503.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often they are looked at.
const TURN: Duration = Duration::from_millis(20);

/// A client that is not let in.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) client: TcpStream,
    pub(crate) why: Rejection,
}

impl Refused {
    /// There is no room for it.
    pub(crate) const fn for_room(client: TcpStream) -> Self {
        Self { client, why: Rejection::Busy }
    }

    /// It was to begin with a header of the PROXY protocol.
    pub(crate) const fn for_silence(client: TcpStream) -> Self {
        Self { client, why: Rejection::BadStartLine }
    }
}

/// Starts the thread; it ends with the sender.
pub(crate) fn start() -> io::Result<SyncSender<Refused>> {
    let (sender, receiver) = sync_channel(QUEUE);
    thread::Builder::new()
        .name("bantam-refuser".into())
        .stack_size(128 * 1024)
        .spawn(move || run(&receiver))?;
    Ok(sender)
}

fn run(receiver: &Receiver<Refused>) {
    let mut clock = DateCache::new();
    let mut leaving: VecDeque<(TcpStream, Instant)> = VecDeque::with_capacity(CROWD);
    let mut looked = Instant::now();
    loop {
        let next = if leaving.is_empty() {
            receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            receiver.recv_timeout(TURN)
        };
        match next {
            Ok(Refused { client, why }) => {
                if leaving.len() >= CROWD {
                    // What it has sent is read, lest its answer be lost by a reset.
                    leaving.pop_front().map(|(first, _)| has_left(&first));
                }
                if send(&client, &answer(&mut clock, why)).is_ok() {
                    leaving.push_back((client, Instant::now() + PATIENCE));
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        // Not after each of a crowd: a look at all of them takes longer than an answer.
        let now = Instant::now();
        if now - looked >= TURN {
            looked = now;
            leaving.retain(|(client, until)| *until > now && !has_left(client));
        }
    }
}

/// The whole answer, as the core words it.
fn answer(clock: &mut DateCache, why: Rejection) -> Vec<u8> {
    let mut buffers = Buffers::<{ ConnectionState::RESERVE }, 512>::new();
    let memory = FromStd::new(Cursor::new(Vec::new()));
    let mut transport = Blocking { stream: memory, hooks: Dated(clock) };
    // Memory takes every byte: nothing can fail.
    let _ = blocking::block_on(reject(&mut transport, &mut buffers.state(), why));
    transport.stream.into_inner().into_inner()
}

struct Dated<'c>(&'c mut DateCache);

impl<T: ErrorType> Hooks<T> for Dated<'_> {
    fn date(&mut self) -> Option<[u8; 29]> {
        Some(self.0.date())
    }
}

fn send(mut client: &TcpStream, answer: &[u8]) -> io::Result<()> {
    client.set_nonblocking(true)?;
    // A fresh socket's buffer takes the whole of it.
    client.write_all(answer)?;
    client.shutdown(Shutdown::Write)
}

/// Has the client closed its side? What it has sent meanwhile is thrown away, lest it be answered with a reset.
fn has_left(mut client: &TcpStream) -> bool {
    let mut waste = [0; 4096];
    loop {
        match client.read(&mut waste) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }
}
