//! Law: everything that a transport may do, this one does when told to: the smallest pieces, bytes kept back until they
//! are flushed, any call that fails. It notes what it was asked for, and its clock moves only when somebody waits.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Fault, Hooks, Phase, PhaseTimer, Transport};
use embedded_io::{ErrorKind, ErrorType};

use crate::executor::step_back;
use crate::step::{Step, TapeError, Trouble};

/// What the tape has been asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A phase was entered.
    Enter(Phase),
    /// So many bytes were read.
    Read(usize),
    /// So many bytes were taken.
    Write(usize),
    /// What was written has left.
    Flush,
    /// Our side was closed.
    Shutdown,
    /// A page let time pass.
    Pause(Duration),
}

/// A [`ExchangeRecord`] of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// See [`ExchangeRecord::request_line`].
    pub(crate) request_line: String,
    /// See [`ExchangeRecord::status`].
    pub(crate) status: u16,
    /// See [`ExchangeRecord::body_sent`].
    pub(crate) body_sent: u64,
    /// See [`ExchangeRecord::fault`].
    pub(crate) fault: Option<Fault>,
}

impl From<&ExchangeRecord<'_>> for Answered {
    fn from(record: &ExchangeRecord<'_>) -> Self {
        Self {
            request_line: String::from_utf8_lossy(record.request_line()).into_owned(),
            status: record.status.code(),
            body_sent: record.body_sent,
            fault: record.fault,
        }
    }
}

/// What surrounds a tape: the same for both of its sides, the waiting one and the blocking one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    /// What has been answered.
    pub(crate) answered: Vec<Answered>,
    /// The value of `Date`.
    pub(crate) date: Option<[u8; 29]>,
    /// No connection may be kept.
    pub(crate) hurry: bool,
}

/// Who the peer of every tape is.
pub(crate) fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4321))
}

/// The simulated peer.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    steps: VecDeque<Step>,
    said: usize,
    read_size: usize,
    write_size: usize,
    trouble: Option<(usize, Trouble)>,
    dead: Option<ErrorKind>,
    watch: PhaseTimer,
    kept: Vec<u8>,
    /// How many I/O calls there were.
    pub(crate) calls: usize,
    /// The time on the tape's clock.
    pub(crate) now: Duration,
    /// What has arrived at the peer.
    pub(crate) heard: Vec<u8>,
    /// What was asked for, in order.
    pub(crate) events: Vec<Event>,
    /// What surrounds it.
    pub(crate) around: Around,
}

impl Tape {
    /// A peer that does this, and then closes its side.
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            said: 0,
            read_size: usize::MAX,
            write_size: usize::MAX,
            trouble: None,
            dead: None,
            watch: PhaseTimer::new(Deadlines::DEFAULT),
            kept: Vec::new(),
            calls: 0,
            now: Duration::ZERO,
            heard: Vec::new(),
            events: Vec::new(),
            around: Around::default(),
        }
    }

    /// A peer that says this at once.
    pub(crate) fn saying(text: impl AsRef<[u8]>) -> Self {
        Self::new([Step::Say(text.as_ref().to_vec())])
    }

    /// At most so many bytes a read.
    pub(crate) const fn reading(mut self, most: usize) -> Self {
        self.read_size = most;
        self
    }

    /// At most so many bytes a write.
    pub(crate) const fn writing(mut self, most: usize) -> Self {
        self.write_size = most;
        self
    }

    /// The call of this number, counted from 1 over reads, writes, flushes and shutdowns, meets trouble.
    pub(crate) const fn troubled(mut self, call: usize, trouble: Trouble) -> Self {
        self.trouble = Some((call, trouble));
        self
    }

    /// Was our side closed?
    pub(crate) fn is_shut_down(&self) -> bool {
        self.events.contains(&Event::Shutdown)
    }

    /// What the next call meets; `None` for nothing special.
    fn call(&mut self) -> Result<Option<Trouble>, TapeError> {
        self.calls += 1;
        if let Some(kind) = self.dead {
            return Err(TapeError(kind));
        }
        match self.trouble {
            Some((call, trouble)) if call == self.calls => match trouble {
                Trouble::Once(kind) => Err(TapeError(kind)),
                Trouble::Dead(kind) => {
                    self.dead = Some(kind);
                    Err(TapeError(kind))
                }
                _ => Ok(Some(trouble)),
            },
            _ => Ok(None),
        }
    }

    /// Waits, where this call has to. A call that blocks cannot say so: its caller sees nothing of it.
    async fn wait(trouble: Option<Trouble>) {
        match trouble {
            Some(Trouble::Pend) => step_back().await,
            Some(Trouble::PendForEver) => std::future::pending().await,
            _ => {}
        }
    }

    /// Lets the phase's time run out.
    fn expire(&mut self) -> TapeError {
        let left = self.watch.remaining(self.now);
        assert!(left < Duration::MAX, "a wait without a deadline");
        self.now += left;
        TapeError(ErrorKind::TimedOut)
    }

    fn take(&mut self, memory: &mut [u8], trouble: Option<Trouble>) -> Result<usize, TapeError> {
        if memory.is_empty() || trouble == Some(Trouble::Zero) {
            return Ok(0);
        }
        loop {
            let left = self.watch.remaining(self.now);
            match self.steps.front_mut() {
                None => return Ok(0),
                Some(Step::Say(bytes)) if self.said < bytes.len() => {
                    let piece = &bytes[self.said..];
                    let count = piece.len().min(memory.len()).min(self.read_size);
                    memory[..count].copy_from_slice(&piece[..count]);
                    self.said += count;
                    self.events.push(Event::Read(count));
                    return Ok(count);
                }
                Some(Step::Hear(text)) if !contains(&self.heard, text) => return Err(self.expire()),
                Some(Step::Wait(duration)) if *duration > left => {
                    *duration -= left;
                    return Err(self.expire());
                }
                Some(Step::Wait(duration)) => self.now += *duration,
                Some(Step::Silence) => return Err(self.expire()),
                Some(Step::Fail(kind)) => return Err(TapeError(*kind)),
                Some(Step::Say(_) | Step::Hear(_)) => {}
            }
            self.steps.pop_front();
            self.said = 0;
        }
    }

    fn give(&mut self, bytes: &[u8], trouble: Option<Trouble>) -> usize {
        let count = if trouble == Some(Trouble::Zero) { 0 } else { bytes.len().min(self.write_size) };
        assert!(!self.is_shut_down() || count == 0, "written after our side was closed");
        self.kept.extend_from_slice(&bytes[..count]);
        self.events.push(Event::Write(count));
        count
    }

    fn release(&mut self) {
        self.heard.append(&mut self.kept);
        self.events.push(Event::Flush);
    }

    fn enter_phase(&mut self, phase: Phase) {
        self.watch.enter(phase);
        self.events.push(Event::Enter(phase));
    }

    fn let_pass(&mut self, duration: Duration) {
        self.now += duration;
        self.events.push(Event::Pause(duration));
    }

    fn shut_down(&mut self) -> bool {
        let left = self.kept.is_empty() || self.trouble.is_some();
        assert!(left, "our side was closed before what was written had left");
        self.events.push(Event::Shutdown);
        true
    }
}

/// Does `text` stand anywhere in `bytes`?
pub(crate) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len().max(1)).any(|window| window == text)
}

impl ErrorType for Tape {
    type Error = TapeError;
}

impl embedded_io_async::Read for Tape {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, TapeError> {
        let trouble = self.call()?;
        Self::wait(trouble).await;
        self.take(memory, trouble)
    }
}

impl embedded_io_async::Write for Tape {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, TapeError> {
        let trouble = self.call()?;
        Self::wait(trouble).await;
        Ok(self.give(bytes, trouble))
    }

    async fn flush(&mut self) -> Result<(), TapeError> {
        Self::wait(self.call()?).await;
        self.release();
        Ok(())
    }
}

impl Transport for Tape {
    fn enter(&mut self, phase: Phase) {
        self.enter_phase(phase);
    }

    async fn pause(&mut self, duration: Duration) {
        self.let_pass(duration);
    }

    async fn shutdown_write(&mut self) -> Result<bool, TapeError> {
        Self::wait(self.call()?).await;
        Ok(self.shut_down())
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(peer())
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.around.date
    }

    fn keep_alive(&self) -> bool {
        !self.around.hurry
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.around.answered.push(record.into());
    }
}

impl embedded_io::Read for Tape {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, TapeError> {
        let trouble = self.call()?;
        self.take(memory, trouble)
    }
}

impl embedded_io::Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, TapeError> {
        let trouble = self.call()?;
        Ok(self.give(bytes, trouble))
    }

    fn flush(&mut self) -> Result<(), TapeError> {
        self.call()?;
        self.release();
        Ok(())
    }
}

impl Hooks<Tape> for Around {
    fn enter(&mut self, tape: &mut Tape, phase: Phase) {
        tape.enter_phase(phase);
    }

    fn pause(&mut self, tape: &mut Tape, duration: Duration) {
        tape.let_pass(duration);
    }

    fn shutdown_write(&mut self, tape: &mut Tape) -> Result<bool, TapeError> {
        tape.call()?;
        Ok(tape.shut_down())
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(peer())
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.date
    }

    fn keep_alive(&self) -> bool {
        !self.hurry
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.answered.push(record.into());
    }
}
