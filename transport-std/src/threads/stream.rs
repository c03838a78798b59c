//! Law: a blocking read or write ends when its phase's time is up, and asks the kernel for nothing else: the socket's own
//! time-out is touched only where it would let a wait go on for too long.

use std::any::Any;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bantam::{Deadlines, Phase, PhaseTimer};

use super::connection::Peer;
use crate::net::sendfile;

/// A TCP stream that knows which phase it is in.
#[derive(Debug)]
pub(crate) struct Stream {
    peer: Arc<Peer>,
    watch: PhaseTimer,
    since: Instant,
    /// What the socket's time-outs are: at first the system's, without end.
    reading: Duration,
    writing: Duration,
}

impl Stream {
    pub(crate) fn new(peer: Arc<Peer>, deadlines: Deadlines) -> Self {
        let (watch, since) = (PhaseTimer::new(deadlines), Instant::now());
        Self { peer, watch, since, reading: Duration::MAX, writing: Duration::MAX }
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.watch.enter(phase);
        match phase {
            Phase::Idle => self.peer.idles(),
            Phase::Head => self.peer.works(),
            _ => {}
        }
    }

    pub(crate) fn shutdown_write(&self) -> io::Result<()> {
        self.peer.socket.shutdown(Shutdown::Write)
    }

    /// Sends bytes of a file as a write would: see [`sendfile::send`]. A length of 0 asks whether it can.
    pub(crate) fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if length == 0 {
            return Ok(sendfile::is_supported(source).then_some(0));
        }
        self.in_time(|socket| sendfile::send(socket, source, offset, length))
    }

    /// Writes, however that is done, until the phase's time is up.
    fn in_time<N>(&mut self, mut write: impl FnMut(&TcpStream) -> io::Result<N>) -> io::Result<N> {
        let mut early = false;
        loop {
            let left = self.left()?;
            if early || self.writing > left {
                self.peer.socket.set_write_timeout(timeout(left))?;
                self.writing = left;
            }
            match write(&self.peer.socket) {
                Err(error) if waited(&error) => early = true,
                other => return other,
            }
        }
    }

    fn left(&mut self) -> io::Result<Duration> {
        match self.watch.remaining(self.since.elapsed()) {
            Duration::ZERO => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

/// The socket's way to say it: `None` is without end.
fn timeout(left: Duration) -> Option<Duration> {
    (left != Duration::MAX).then_some(left)
}

/// Did the socket's time-out end the wait? Which of the two it is depends on the system.
fn waited(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Read for Stream {
    fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        let mut early = false;
        loop {
            let left = self.left()?;
            if early || self.reading > left {
                self.peer.socket.set_read_timeout(timeout(left))?;
                self.reading = left;
            }
            match (&self.peer.socket).read(memory) {
                Err(error) if waited(&error) => early = true,
                other => return other,
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.in_time(|mut socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
