//! Law: whether a connection is idle is known to others at every moment, so that an idle one can be ended without losing a
//! request.

use std::io::{self, ErrorKind, Read as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::hours::Hours;
use crate::proxy::ProxyHeader;

/// How long a kept connection may be silent while others wait for its thread, in milliseconds.
const COURTESY: u64 = 1000;
/// Not idle.
const BUSY: u64 = u64::MAX;

/// One accepted connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) socket: TcpStream,
    pub(crate) address: Option<SocketAddr>,
    /// Since which age of the house it has waited for a request, or [`BUSY`].
    idle_since: AtomicU64,
    hours: Arc<Hours>,
}

impl Peer {
    pub(crate) fn new(socket: TcpStream, address: Option<SocketAddr>, hours: Arc<Hours>) -> Self {
        Self { socket, address, idle_since: AtomicU64::new(BUSY), hours }
    }

    /// Begins to wait for a request; ends at once in a house that is closing.
    pub(crate) fn idles(&self) {
        self.idle_since.store(self.hours.age(), Ordering::SeqCst);
        // Whoever closes the house says so first and looks here then: one of the two sees the other.
        if self.hours.are_over() {
            self.ends_if_idle();
        }
    }

    /// Hears who is there, within so long; ends in a house that closes.
    ///
    /// # Errors
    /// `TimedOut`; those of [`ProxyHeader::hear`].
    pub(crate) fn introduces(
        &self,
        preface: &mut ProxyHeader,
        within: Duration,
    ) -> io::Result<Option<SocketAddr>> {
        let until = Instant::now().checked_add(within);
        self.idles();
        let peek = |memory: &mut [u8]| {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(ErrorKind::TimedOut.into());
            }
            self.socket.set_read_timeout(left)?;
            self.socket.peek(memory)
        };
        let heard = preface.poll(peek, |memory| (&self.socket).read(memory))?;
        self.socket.set_read_timeout(None)?;
        Ok(heard)
    }

    /// Has something to do.
    pub(crate) fn works(&self) {
        self.idle_since.store(BUSY, Ordering::SeqCst);
    }

    /// Does it wait for a request?
    pub(crate) fn is_idle(&self) -> bool {
        self.idle_since.load(Ordering::SeqCst) != BUSY
    }

    /// Ends, if it waits for a request.
    pub(crate) fn ends_if_idle(&self) {
        if self.is_idle() {
            self.end();
        }
    }

    /// Ends, if it has waited for long enough at this age of the house. Did it?
    pub(crate) fn gives_way(&self, age: u64) -> bool {
        let since = self.idle_since.load(Ordering::SeqCst);
        let long = since != BUSY && age.saturating_sub(since) >= COURTESY;
        if long {
            self.end();
        }
        long
    }

    /// Wakes the thread that reads; what has already come is still read and answered.
    fn end(&self) {
        let _ = self.socket.shutdown(Shutdown::Read);
    }
}
