//! Law: a machine that has no descriptor or memory left for another connection is given a moment, and its operator told, now and
//! then.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use log::warn;

/// How long to wait when the machine has no room for another connection.
const RESPITE: Duration = Duration::from_millis(100);
/// How often to say so.
const REMINDER: Duration = Duration::from_secs(5);

/// Whether the machine has room. A clone waits for itself; the operator is told by one of them for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exhaustion {
    until: Option<Instant>,
    complained: Arc<Mutex<Option<Instant>>>,
}

impl Exhaustion {
    /// There was no room.
    pub(crate) fn begins(&mut self, error: &io::Error) {
        let now = Instant::now();
        self.until = Some(now + RESPITE);
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|at| now.saturating_duration_since(at) > REMINDER) {
            *complained = Some(now);
            warn!("cannot take more connections for the moment: {error}");
        }
    }

    /// How long it is to be left alone; `None` where there may be room.
    pub(crate) fn left(&self) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

/// Errors of a connection that ended before it was accepted, which `accept` reports (see accept(2)).
pub(crate) fn is_the_peers(error: &io::Error) -> bool {
    use ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::PermissionDenied
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::TimedOut
    )
}
