//! Accept policy: what follows an error of accept(2), and the back-off after those that are not the peer's.
//! Invariant: between two back-offs, or a back-off and a success, at most `MAX_RETRIES` errors are tried again at once.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::shared::deadline::deadline_in;
use crate::shared::guard::report;
use crate::shared::warn_limit::WarnLimit;

/// How long nothing is accepted after an error of the system.
const BACKOFF: Duration = Duration::from_millis(100);
/// How many failed connections in a row are skipped at once. More of them are an error of the system, whatever its number.
const MAX_RETRIES: u32 = 128;

/// What an acceptor does after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterAcceptError {
    /// No connection is pending: wait for readiness.
    Wait,
    /// The pending connection has failed: accept the next one.
    Retry,
    /// The system cannot accept: accept nothing for [`AcceptBackoff::remaining`].
    BackOff,
}

/// Pauses `accept` of one listener while the system cannot accept. A clone pauses on its own; clones log one warning for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct AcceptBackoff {
    until: Option<Instant>,
    retries: u32,
    warnings: Arc<WarnLimit>,
}

impl AcceptBackoff {
    /// Judges an error of `accept`; starts the back-off where it is the system's.
    pub(crate) fn on_error(&mut self, error: &io::Error) -> AfterAcceptError {
        if error.kind() == ErrorKind::WouldBlock {
            return AfterAcceptError::Wait;
        }
        if is_connection_error(error) && self.retries < MAX_RETRIES {
            self.retries += 1;
            report!(debug, "a connection failed before it was accepted: {error}");
            return AfterAcceptError::Retry;
        }
        self.start(error);
        AfterAcceptError::BackOff
    }

    /// Notes that a connection was accepted.
    pub(crate) const fn on_accepted(&mut self) {
        (self.until, self.retries) = (None, 0);
    }

    /// Accepts nothing for a while, and logs the reason.
    pub(crate) fn start(&mut self, error: &io::Error) {
        if self.warnings.allows() {
            report!(warn, "cannot accept connections at the moment: {error}");
        }
        // After the log, which may block: the pause is meant for what follows.
        (self.until, self.retries) = (deadline_in(BACKOFF), 0);
    }

    /// How long nothing is to be accepted; `None` outside of a back-off.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let remaining = self.until?.saturating_duration_since(Instant::now());
        (!remaining.is_zero()).then_some(remaining)
    }
}

/// Returns true if the error is of a connection that ended before it was accepted, as accept(2) lists them. EACCES and EPERM
/// are not: a security module answers so for every connection, and leaves them in the queue.
fn is_connection_error(error: &io::Error) -> bool {
    use ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::TimedOut
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_waited_out_whatever_its_kind() {
        for kind in
            [ErrorKind::PermissionDenied, ErrorKind::InvalidInput, ErrorKind::OutOfMemory, ErrorKind::Other]
        {
            let mut backoff = AcceptBackoff::default();
            assert_eq!(backoff.on_error(&kind.into()), AfterAcceptError::BackOff, "{kind}");
            assert!(backoff.remaining().is_some());
            backoff.on_accepted();
            assert_eq!(backoff.remaining(), None);
        }
    }

    #[test]
    fn an_error_of_the_peer_without_end_is_waited_out() {
        let (mut backoff, error) = (AcceptBackoff::default(), ErrorKind::ConnectionAborted.into());
        for _ in 0..2 {
            let retries = (0..).take_while(|_| backoff.on_error(&error) == AfterAcceptError::Retry);
            assert_eq!(retries.count(), 128);
            assert!(backoff.remaining().is_some());
        }
        backoff.on_accepted();
        assert_eq!(backoff.on_error(&error), AfterAcceptError::Retry);
    }
}
