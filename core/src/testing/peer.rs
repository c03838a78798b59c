//! [`ScriptedPeer`]: a [`Transport`] and a blocking stream over memory, with a virtual clock and I/O faults.
//!
//! Invariant: what the peer sends depends on the script and on the bytes that were flushed to it, never on real time.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::string::String;
use std::task::Poll;
use std::time::Duration;
use std::vec::Vec;

use embedded_io::{ErrorKind, ErrorType};

use super::environment::{Environment, LoggedExchange};
use super::script::{IoFault, PeerEvent, Step};
use crate::deadlines::{Deadlines, PhaseTimer};
use crate::record::ExchangeRecord;
use crate::transport::{Phase, Transport};

/// A peer that follows a script, and records every call that is made to it: a [`Transport`], and a blocking stream.
///
/// Its clock is virtual: a wait takes no time, and the deadlines of the phases are [`Deadlines::DEFAULT`].
///
/// ```
/// use bantam::testing::{ScriptedPeer, Step, block_on};
/// use bantam::{Buffers, StaticFiles, serve};
/// use std::time::Duration;
///
/// // A peer that sends half of a head, and nothing more.
/// let mut peer = ScriptedPeer::new([Step::from("GET / HT"), Step::Delay(Duration::from_secs(60))]);
/// block_on(serve(&mut peer, &mut Buffers::<1024, 512>::new().state(), &StaticFiles::new(&[])))?;
/// assert!(peer.text().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
/// # Ok::<(), bantam::Error<embedded_io::ErrorKind>>(())
/// ```
///
/// # Panics
/// Its calls panic where a transport is used wrongly: a read into no memory, a write of nothing or behind the shutdown, a shutdown before
/// the flush.
#[derive(Clone, Debug)]
pub struct ScriptedPeer {
    steps: VecDeque<Step>,
    sent: usize,
    max_read: usize,
    max_write: usize,
    fault: Option<(usize, IoFault)>,
    broken: Option<ErrorKind>,
    timer: PhaseTimer,
    now: Duration,
    flushed: usize,
    /// The number of I/O calls so far.
    pub calls: usize,
    /// All bytes written to the peer, flushed or not.
    pub written: Vec<u8>,
    /// All calls, in order.
    pub events: Vec<PeerEvent>,
    /// The bytes of an `Expect` step during which a read timed out.
    pub unmet: Option<Vec<u8>>,
    /// The state that `Blocking` takes through its hooks.
    pub environment: Environment,
}

impl ScriptedPeer {
    /// A peer that executes these steps, and then closes its side.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            sent: 0,
            max_read: usize::MAX,
            max_write: usize::MAX,
            fault: None,
            broken: None,
            timer: PhaseTimer::new(Deadlines::DEFAULT),
            now: Duration::ZERO,
            flushed: 0,
            calls: 0,
            written: Vec::new(),
            events: Vec::new(),
            unmet: None,
            environment: Environment::default(),
        }
    }

    /// A peer that sends these bytes, and then closes its side.
    #[must_use]
    pub fn sending(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new([Step::Send(bytes.into())])
    }

    /// A read returns at most this many bytes.
    #[must_use]
    pub const fn max_read(mut self, bytes: usize) -> Self {
        self.max_read = bytes;
        self
    }

    /// A write takes at most this many bytes.
    #[must_use]
    pub const fn max_write(mut self, bytes: usize) -> Self {
        self.max_write = bytes;
        self
    }

    /// Injects a fault into the call of this number: reads, writes, flushes and shutdowns, counted from 0.
    #[must_use]
    pub const fn with_fault(mut self, call: usize, fault: IoFault) -> Self {
        self.fault = Some((call, fault));
        self
    }

    /// The bytes that were flushed to the peer.
    #[must_use]
    pub fn received(&self) -> &[u8] {
        &self.written[..self.flushed]
    }

    /// The bytes written to the peer, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    /// Returns true if the write side was shut down.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.events.contains(&PeerEvent::Shutdown)
    }

    /// The phases that were entered.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        self.all(|event| if let PeerEvent::Enter(phase) = event { Some(phase) } else { None })
    }

    /// The length of every write.
    #[must_use]
    pub fn writes(&self) -> Vec<usize> {
        self.all(|event| if let PeerEvent::Write(count) = event { Some(count) } else { None })
    }

    /// The pauses of the pages.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        self.all(|event| if let PeerEvent::Pause(duration) = event { Some(duration) } else { None })
    }

    /// The exchanges that were reported.
    #[must_use]
    pub fn log(&self) -> &[LoggedExchange] {
        &self.environment.log
    }

    /// Writes and flushes bytes without counting a call: for a transport that wraps the peer and has its own `write_from`.
    pub fn write_directly(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.flushed = self.written.len();
    }

    fn all<T>(&self, select: impl Fn(PeerEvent) -> Option<T>) -> Vec<T> {
        self.events.iter().copied().filter_map(select).collect()
    }

    /// Counts a call; returns the fault that does not end it.
    fn begin_call(&mut self) -> Result<Option<IoFault>, ErrorKind> {
        let number = self.calls;
        self.calls += 1;
        if let Some(kind) = self.broken {
            return Err(kind);
        }
        match self.fault.filter(|(call, _)| *call == number) {
            Some((_, IoFault::Fail(kind))) => Err(kind),
            Some((_, IoFault::FailForever(kind))) => {
                self.broken = Some(kind);
                Err(kind)
            }
            other => Ok(other.map(|(_, fault)| fault)),
        }
    }

    /// Counts a call, and waits where its fault makes it pending. A blocking call cannot be pending.
    async fn begin_async_call(&mut self) -> Result<Option<IoFault>, ErrorKind> {
        let fault = self.begin_call()?;
        match fault {
            Some(IoFault::Pend) => yield_once().await,
            Some(IoFault::Hang) => std::future::pending().await,
            _ => {}
        }
        Ok(fault)
    }

    /// Moves the clock to the deadline of the phase.
    fn time_out(&mut self) -> ErrorKind {
        let remaining = self.timer.remaining(self.now);
        assert!(remaining < Duration::MAX, "a wait without a deadline");
        self.now += remaining;
        ErrorKind::TimedOut
    }

    fn take_sent(&mut self, memory: &mut [u8], fault: Option<IoFault>) -> Result<usize, ErrorKind> {
        assert!(!memory.is_empty(), "a read into no memory looks like the end of the stream");
        if fault == Some(IoFault::Zero) {
            return Ok(0);
        }
        loop {
            let remaining = self.timer.remaining(self.now);
            let is_over = self.environment.stopping && self.timer.phase() == Phase::LowLevel;
            match self.steps.front_mut() {
                Some(Step::Stall | Step::Delay(_)) if is_over => return Err(ErrorKind::TimedOut),
                Some(Step::Stop) => self.environment.stopping = true,
                None => return Ok(0),
                Some(Step::Send(bytes)) if self.sent < bytes.len() => {
                    let rest = &bytes[self.sent..];
                    let count = rest.len().min(memory.len()).min(self.max_read);
                    memory[..count].copy_from_slice(&rest[..count]);
                    self.sent += count;
                    self.events.push(PeerEvent::Read(count));
                    return Ok(count);
                }
                Some(Step::Expect(bytes)) if !contains(&self.written[..self.flushed], bytes) => {
                    self.unmet = Some(bytes.clone());
                    return Err(self.time_out());
                }
                Some(Step::Delay(duration)) if *duration > remaining => {
                    *duration -= remaining;
                    return Err(self.time_out());
                }
                Some(Step::Delay(duration)) => self.now += *duration,
                Some(Step::Stall) => return Err(self.time_out()),
                Some(Step::Fail(kind)) => return Err(*kind),
                Some(Step::Send(_) | Step::Expect(_)) => {}
            }
            self.steps.pop_front();
            self.sent = 0;
        }
    }

    fn put_written(&mut self, bytes: &[u8], fault: Option<IoFault>) -> usize {
        assert!(!bytes.is_empty(), "a write of nothing");
        let count = if fault == Some(IoFault::Zero) { 0 } else { bytes.len().min(self.max_write) };
        assert!(!self.is_shut_down(), "a write after the shutdown");
        self.written.extend_from_slice(&bytes[..count]);
        self.events.push(PeerEvent::Write(count));
        count
    }

    fn deliver(&mut self) {
        self.flushed = self.written.len();
        self.events.push(PeerEvent::Flush);
    }

    /// Moves the virtual clock, as a pause of a page does.
    pub fn advance_clock(&mut self, duration: Duration) {
        self.now += duration;
        self.events.push(PeerEvent::Pause(duration));
    }

    /// [`Transport::shutdown_write`] of a stream that blocks.
    ///
    /// # Errors
    /// The fault of this call.
    pub fn shut_down(&mut self) -> Result<bool, ErrorKind> {
        self.begin_call().map(|_| self.close_write())
    }

    fn close_write(&mut self) -> bool {
        let flushed = self.flushed == self.written.len() || self.fault.is_some();
        assert!(flushed, "a shutdown before the flush of what was written");
        self.events.push(PeerEvent::Shutdown);
        true
    }
}

/// Is pending once, and wakes its task.
async fn yield_once() {
    let mut is_first = true;
    poll_fn(|context| {
        if !std::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Returns true if `part` occurs in `bytes`.
fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len().max(1)).any(|window| window == part)
}

impl ErrorType for ScriptedPeer {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for ScriptedPeer {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        let fault = self.begin_async_call().await?;
        self.take_sent(memory, fault)
    }
}

impl embedded_io_async::Write for ScriptedPeer {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let fault = self.begin_async_call().await?;
        Ok(self.put_written(bytes, fault))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.begin_async_call().await?;
        self.deliver();
        Ok(())
    }
}

impl Transport for ScriptedPeer {
    fn enter(&mut self, phase: Phase) {
        self.timer.enter(phase);
        self.events.push(PeerEvent::Enter(phase));
    }

    fn enter_for(&mut self, phase: Phase, limit: Duration) {
        self.timer.enter_for(phase, self.now, limit);
        self.events.push(PeerEvent::Enter(phase));
    }

    async fn pause(&mut self, duration: Duration) {
        self.advance_clock(duration);
    }

    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        self.begin_async_call().await?;
        Ok(self.close_write())
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        Some(self.environment.client)
    }

    fn is_secure(&self) -> bool {
        self.environment.secure
    }

    fn date(&mut self) -> Option<[u8; 29]> {
        self.environment.date
    }

    fn keep_alive(&self) -> bool {
        !self.environment.stopping
    }

    fn is_ending(&self) -> bool {
        self.environment.stopping
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.environment.record(record);
    }
}

impl embedded_io::Read for ScriptedPeer {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        let fault = self.begin_call()?;
        self.take_sent(memory, fault)
    }
}

impl embedded_io::Write for ScriptedPeer {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let fault = self.begin_call()?;
        Ok(self.put_written(bytes, fault))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.begin_call()?;
        self.deliver();
        Ok(())
    }
}
