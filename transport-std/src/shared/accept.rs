//! Accept policy: what follows an error of accept(2), and the back-off when the system is out of descriptors or memory.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::{debug, warn};

use crate::shared::sync::{Mutex, lock};

/// How long nothing is accepted after an error of the system.
const BACKOFF: Duration = Duration::from_millis(100);
/// How often such errors are logged.
const WARN_INTERVAL: Duration = Duration::from_secs(5);

/// What an acceptor does after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterAcceptError {
    /// No connection is pending: wait for readiness.
    Wait,
    /// The pending connection has failed: accept the next one.
    Retry,
    /// The system is out of resources: accept nothing for [`AcceptBackoff::remaining`].
    BackOff,
}

/// Pauses `accept` while the system is out of resources. A clone pauses on its own; clones log one warning for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct AcceptBackoff {
    until: Option<Instant>,
    last_warning: Arc<Mutex<Option<Instant>>>,
}

impl AcceptBackoff {
    /// Judges an error of `accept`; starts the back-off where it is the system's.
    pub(crate) fn on_error(&mut self, error: &io::Error) -> AfterAcceptError {
        if error.kind() == ErrorKind::WouldBlock {
            return AfterAcceptError::Wait;
        }
        if is_connection_error(error) {
            debug!("a connection failed before it was accepted: {error}");
            return AfterAcceptError::Retry;
        }
        self.start(error);
        AfterAcceptError::BackOff
    }

    /// Accepts nothing for a while, and logs the reason.
    pub(crate) fn start(&mut self, error: &io::Error) {
        let now = Instant::now();
        self.until = Some(now + BACKOFF);
        let mut last_warning = lock(&self.last_warning);
        if last_warning.is_none_or(|at| now.saturating_duration_since(at) > WARN_INTERVAL) {
            *last_warning = Some(now);
            warn!("cannot accept connections at the moment: {error}");
        }
    }

    /// How long nothing is to be accepted; `None` outside of a back-off.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let remaining = self.until?.saturating_duration_since(Instant::now());
        (!remaining.is_zero()).then_some(remaining)
    }
}

/// Returns true if the error is of a connection that ended before it was accepted, as accept(2) lists them.
fn is_connection_error(error: &io::Error) -> bool {
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
