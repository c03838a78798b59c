//! The state of one server socket, and its transitions outside of a slot.
//! Invariant: every state but `Served` ends by a deadline or an event of the socket, and leads back to `Listening`.

use core::time::Duration;

use bantam::Deadlines;
use smoltcp::socket::tcp::{Socket, State};

use crate::log::{event, peer};

/// The state of a socket of a [`super::server::TcpServer`]. Each [`Duration`] is the start of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SocketState {
    /// The socket listens, or its handshake is under way.
    Listening,
    /// The connection is idle or waits for a slot.
    Waiting {
        since: Duration,
        /// It waits for a slot, when it was last updated.
        is_ready: bool,
    },
    /// A slot serves the connection.
    Served,
    /// The server has closed its side.
    Closing {
        since: Duration,
        /// When the peer last sent bytes, or had not acknowledged our FIN.
        heard: Duration,
    },
    /// The server has aborted: the RST is still to be sent.
    Reset,
}

impl SocketState {
    /// Aborts the socket and lets it listen. TIME-WAIT is skipped: it would occupy the few sockets that there are.
    pub(super) fn listen(socket: &mut Socket<'_>, port: u16, deadlines: &Deadlines) -> Self {
        socket.abort();
        socket.set_keep_alive(None);
        socket.set_timeout(to_smoltcp(deadlines.response));
        // Fails only for port 0, which `TcpServer::new` rejects.
        let _ = socket.listen(port);
        Self::Listening
    }

    /// Moves a socket that no slot serves to its next state. Returns true if that is another, and the time of the next update.
    // In place: a state is 40 bytes, and most are updated at every poll and stay as they are.
    pub(super) fn update(
        &mut self,
        socket: &mut Socket<'_>,
        port: u16,
        now: Duration,
        deadlines: &Deadlines,
        is_stopping: bool,
    ) -> (bool, Option<Duration>) {
        *self = match self {
            Self::Served => return (false, None),
            Self::Listening => match socket.state() {
                State::Listen | State::SynReceived => return (false, None),
                State::Established | State::CloseWait => {
                    event!(debug, "{}: accepted", peer(socket.remote_endpoint()));
                    // From now on the phases have deadlines. A page may pause for longer than smoltcp's timeout, which
                    // would reset a connection whose peer is silent, too.
                    socket.set_timeout(None);
                    Self::waiting(now, socket)
                }
                _ => {
                    Self::listen(socket, port, deadlines);
                    return (false, None);
                }
            },
            Self::Waiting { since, is_ready } => {
                *is_ready = has_input(socket);
                if *is_ready {
                    return (false, None);
                }
                let deadline = later(*since, deadlines.idle);
                if now < deadline && !is_stopping {
                    return (false, Some(deadline));
                }
                event!(debug, "{}: closed: no request in time", peer(socket.remote_endpoint()));
                socket.close();
                Self::closing(now)
            }
            Self::Reset => Self::listen(socket, port, deadlines),
            Self::Closing { since, heard } => {
                let before = *heard;
                // Discarding keeps the receive window open: the peer may still have to send its whole request before it
                // takes the last response (RFC 9112 section 9.6).
                while socket.recv(|bytes| (bytes.len(), bytes.len())).is_ok_and(|count| count > 0) {
                    *heard = now;
                }
                let mut deadline = later(*since, deadlines.response);
                match socket.state() {
                    State::Closed | State::TimeWait | State::Listen => {
                        *self = Self::listen(socket, port, deadlines);
                        return (true, None);
                    }
                    // The peer has acknowledged our FIN, and only its own is missing.
                    State::FinWait2 => deadline = deadline.min(later(*heard, deadlines.close)),
                    _ => *heard = now,
                }
                if now < deadline {
                    return (*heard != before, Some(deadline));
                }
                event!(info, "{}: dropped: not closed in time", peer(socket.remote_endpoint()));
                socket.abort();
                Self::Reset
            }
        };
        (true, None)
    }

    /// A connection that no slot serves from now on.
    pub(super) fn waiting(now: Duration, socket: &Socket<'_>) -> Self {
        Self::Waiting { since: now, is_ready: has_input(socket) }
    }

    /// The server closes its side now.
    pub(super) const fn closing(now: Duration) -> Self {
        Self::Closing { since: now, heard: now }
    }

    /// Returns true if the socket needs a slot.
    pub(super) const fn needs_slot(&self) -> bool {
        matches!(self, Self::Waiting { is_ready: true, .. })
    }
}

/// Begins or ends the watch of a peer that is silent: it is asked by a keep-alive whenever nothing has come for
/// [`Deadlines::low_level`], and the connection is reset if nothing comes for [`Deadlines::response`] more. Called for a change only: to set
/// the interval sends a keep-alive.
pub(super) fn watch_peer(socket: &mut Socket<'_>, is_watched: bool, deadlines: &Deadlines) {
    let limit = later(deadlines.low_level, deadlines.response);
    socket.set_keep_alive(to_smoltcp(deadlines.low_level).filter(|_| is_watched));
    socket.set_timeout(to_smoltcp(limit).filter(|_| is_watched));
}

/// The time `by` after another.
// A copy of the addition at each place is larger than the calls.
#[inline(never)]
pub(super) fn later(time: Duration, by: Duration) -> Duration {
    time.saturating_add(by)
}

/// A limit of smoltcp; `None` for 136 years or more, because it is added to a signed number of microseconds.
fn to_smoltcp(limit: Duration) -> Option<smoltcp::time::Duration> {
    let seconds = u32::try_from(limit.as_secs()).ok()?;
    let micros = u64::from(seconds) * 1_000_000 + u64::from(limit.subsec_micros());
    Some(smoltcp::time::Duration::from_micros(micros))
}

/// Returns true if the socket has bytes to read, or its receive side is closed.
fn has_input(socket: &Socket<'_>) -> bool {
    socket.can_recv() || !socket.may_recv()
}
