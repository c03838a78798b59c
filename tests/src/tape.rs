//! Law: a peer is a script. What it says comes in pieces of any size, it can wait for what it hears, and any call to its
//! stream can go wrong; nothing depends on time.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bantam::{ExchangeRecord, Fault, Phase, Transport};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// What the peer does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Says this.
    Says(Vec<u8>),
    /// Says nothing until it has heard this.
    Hears(&'static str),
    /// Stays silent until the server's patience is at its end.
    Stalls,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It fails.
    Fails(ErrorKind),
    /// It moves no byte: the end of a reader, a writer that takes nothing.
    Zero,
    /// It is not ready at once, but when it is asked again.
    Pends,
    /// It is never ready.
    Hangs,
}

/// An answer as the core has reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The request line.
    pub request_line: Vec<u8>,
    /// The status.
    pub status: u16,
    /// Bytes of body.
    pub body_sent: u64,
    /// What went wrong.
    pub fault: Option<Fault>,
}

/// The simulated peer, and a record of everything that was done to it.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    script: VecDeque<Step>,
    reads: usize,
    writes: usize,
    mishap: Option<(usize, Mishap)>,
    /// How many calls there were to the stream.
    pub calls: usize,
    /// Everything it heard.
    pub heard: Vec<u8>,
    /// How long each piece was that it heard.
    pub pieces: Vec<usize>,
    /// The phases that were entered.
    pub phases: Vec<Phase>,
    /// The pauses that were made.
    pub pauses: Vec<Duration>,
    /// What was reported.
    pub log: Vec<Entry>,
    /// Whether the server has ended its side.
    pub ended: bool,
    /// The server is about to stop.
    pub stopping: bool,
    /// Whether the stream counts as secured.
    pub secured: bool,
    /// What `date` says.
    pub date: Option<[u8; 29]>,
}

impl Tape {
    /// A peer that follows this script, and then ends its side.
    #[must_use]
    pub fn new(script: impl IntoIterator<Item = Step>) -> Self {
        let script = script.into_iter().collect();
        Self { script, reads: usize::MAX, writes: usize::MAX, ..Self::default() }
    }

    /// A peer that says this, and ends its side.
    #[must_use]
    pub fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new([Step::Says(bytes.into())])
    }

    /// Reads and writes move at most so many bytes.
    #[must_use]
    pub fn at_most(mut self, reads: usize, writes: usize) -> Self {
        (self.reads, self.writes) = (reads, writes);
        self
    }

    /// The call of this number, from 0, goes wrong.
    #[must_use]
    pub fn with(mut self, call: usize, mishap: Mishap) -> Self {
        self.mishap = Some((call, mishap));
        self
    }

    /// What it heard, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Counts a call, and lets it go wrong: `Some` is what it ends with.
    async fn call(&mut self) -> Option<Result<usize, ErrorKind>> {
        let number = self.calls;
        self.calls += 1;
        match self.mishap {
            Some((call, mishap)) if call == number => match mishap {
                Mishap::Fails(kind) => Some(Err(kind)),
                Mishap::Zero => Some(Ok(0)),
                Mishap::Pends => {
                    pend_once().await;
                    None
                }
                Mishap::Hangs => std::future::pending().await,
            },
            _ => None,
        }
    }

    fn say(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        loop {
            let text = String::from_utf8_lossy(&self.heard);
            match self.script.front_mut() {
                None => return Ok(0),
                Some(Step::Stalls) => {
                    self.script.pop_front();
                    return Err(ErrorKind::TimedOut);
                }
                Some(Step::Hears(what)) => {
                    let heard = self.heard.windows(what.len()).any(|window| window == what.as_bytes());
                    assert!(heard, "both wait for each other; the peer for {what:?} behind {text:?}");
                    self.script.pop_front();
                }
                Some(Step::Says(bytes)) if bytes.is_empty() => {
                    self.script.pop_front();
                }
                Some(Step::Says(bytes)) => {
                    let count = bytes.len().min(memory.len()).min(self.reads);
                    memory[..count].copy_from_slice(&bytes[..count]);
                    bytes.drain(..count);
                    return Ok(count);
                }
            }
        }
    }
}

impl ErrorType for Tape {
    type Error = ErrorKind;
}

impl Read for Tape {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        assert!(!memory.is_empty(), "a read that can only mean the end");
        match self.call().await {
            Some(end) => end,
            None => self.say(memory),
        }
    }
}

impl Write for Tape {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        assert!(!self.ended && !bytes.is_empty(), "a write behind the end, or of nothing");
        if let Some(end) = self.call().await {
            return end;
        }
        let count = bytes.len().min(self.writes);
        self.heard.extend_from_slice(&bytes[..count]);
        self.pieces.push(count);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.call().await.map_or(Ok(()), |end| end.map(drop))
    }
}

impl Transport for Tape {
    fn enter(&mut self, phase: Phase) {
        self.phases.push(phase);
    }

    async fn pause(&mut self, duration: Duration) {
        self.pauses.push(duration);
    }

    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        self.ended = true;
        self.call().await.map_or(Ok(true), |end| end.map(|_| true))
    }

    fn peer_addr(&self) -> Option<std::net::SocketAddr> {
        Some(([192, 0, 2, 7], 4711).into())
    }

    fn is_secure(&self) -> bool {
        self.secured
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.date
    }

    fn keep_alive(&self) -> bool {
        !self.stopping
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        let ExchangeRecord { status, body_sent, fault, .. } = *record;
        let request_line = record.request_line().to_vec();
        self.log.push(Entry { request_line, status: status.code(), body_sent, fault });
    }
}

/// Not ready, but when asked again.
async fn pend_once() {
    let mut asked = false;
    std::future::poll_fn(
        |_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending },
    )
    .await;
}

/// Polls a future until it is ready; `None` if it still is not after so many polls.
pub fn poll<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Polls a future to its end.
///
/// # Panics
/// If it has none.
pub fn run<F: Future>(future: F) -> F::Output {
    poll(future, 10_000).expect("it never ends")
}
