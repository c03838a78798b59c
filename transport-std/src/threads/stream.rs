//! `DeadlineStream`: a blocking socket whose reads and writes end with the phase.
//! Invariant: a socket option is set only where the one before would let a call block for longer than the phase.

use std::any::Any;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use bantam::{Deadlines, Phase, PhaseTimer};

use super::connection::SharedConnection;
use crate::net::sendfile;

/// A connection, its phase, and the time-outs of its socket.
#[derive(Debug)]
pub(super) struct DeadlineStream<'l> {
    connection: &'l SharedConnection,
    timer: PhaseTimer,
    epoch: Instant,
    /// SO_RCVTIMEO and SO_SNDTIMEO; [`Duration::MAX`] for none.
    read_timeout: Duration,
    write_timeout: Duration,
}

impl<'l> DeadlineStream<'l> {
    pub(super) fn new(connection: &'l SharedConnection, deadlines: Deadlines) -> Self {
        let (timer, epoch) = (PhaseTimer::new(deadlines), Instant::now());
        Self { connection, timer, epoch, read_timeout: Duration::MAX, write_timeout: Duration::MAX }
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.timer.enter(phase);
        match phase {
            Phase::Idle => self.connection.mark_idle(),
            Phase::Head => self.connection.mark_active(),
            _ => {}
        }
    }

    pub(super) fn shutdown_write(&self) -> io::Result<()> {
        self.connection.socket.shutdown(Shutdown::Write)
    }

    /// Sends bytes of a file: see [`sendfile::send`]. A length of 0 asks if that is supported.
    pub(super) fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if length == 0 {
            return Ok(sendfile::is_supported(source).then_some(0));
        }
        self.write_with_deadline(|socket| sendfile::send(socket, source, offset, length))
    }

    /// Calls `write` until it does not time out, or the phase ends.
    fn write_with_deadline<N>(
        &mut self,
        mut write: impl FnMut(&TcpStream) -> io::Result<N>,
    ) -> io::Result<N> {
        let mut timed_out_early = false;
        loop {
            let remaining = self.remaining()?;
            if timed_out_early || self.write_timeout > remaining {
                self.connection.socket.set_write_timeout(timeout_option(remaining))?;
                self.write_timeout = remaining;
            }
            match write(&self.connection.socket) {
                Err(error) if is_timeout(&error) => timed_out_early = true,
                result => return result,
            }
        }
    }

    fn remaining(&mut self) -> io::Result<Duration> {
        match self.timer.remaining(self.epoch.elapsed()) {
            Duration::ZERO => Err(ErrorKind::TimedOut.into()),
            remaining => Ok(remaining),
        }
    }
}

impl Read for DeadlineStream<'_> {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let mut timed_out_early = false;
        loop {
            let remaining = self.remaining()?;
            if timed_out_early || self.read_timeout > remaining {
                self.connection.socket.set_read_timeout(timeout_option(remaining))?;
                self.read_timeout = remaining;
            }
            match (&self.connection.socket).read(memory) {
                Err(error) if is_timeout(&error) => timed_out_early = true,
                result => return result,
            }
        }
    }
}

impl Write for DeadlineStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with_deadline(|mut socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn timeout_option(remaining: Duration) -> Option<Duration> {
    (remaining != Duration::MAX).then_some(remaining)
}

/// Returns true if the socket's time-out has ended the call. The kind of error depends on the system.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
