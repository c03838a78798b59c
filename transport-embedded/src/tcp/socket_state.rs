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
    Waiting(Duration),
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
        socket.set_timeout(handshake_limit(deadlines.response));
        // Fails only for port 0, which `TcpServer::new` rejects.
        let _ = socket.listen(port);
        Self::Listening
    }

    /// Returns the next state of a socket that no slot serves, and the time of the next update.
    pub(super) fn update(
        self,
        socket: &mut Socket<'_>,
        port: u16,
        now: Duration,
        deadlines: &Deadlines,
    ) -> (Self, Option<Duration>) {
        match self {
            Self::Served => (self, None),
            Self::Listening => match socket.state() {
                State::Listen | State::SynReceived => (self, None),
                State::Established | State::CloseWait => {
                    event!(debug, "{}: accepted", peer(socket.remote_endpoint()));
                    // From now on the phases have deadlines. A page may pause for longer than smoltcp's timeout, which
                    // would reset a connection whose peer is silent, too.
                    socket.set_timeout(None);
                    Self::Waiting(now).update(socket, port, now, deadlines)
                }
                _ => (Self::listen(socket, port, deadlines), None),
            },
            Self::Waiting(since) => {
                if is_ready(socket) {
                    return (self, None);
                }
                let deadline = since.saturating_add(deadlines.idle);
                if now < deadline {
                    return (self, Some(deadline));
                }
                event!(debug, "{}: closed: no request in time", peer(socket.remote_endpoint()));
                socket.close();
                (Self::closing(now), None)
            }
            Self::Reset => (Self::listen(socket, port, deadlines), None),
            Self::Closing { since, mut heard } => {
                // Discarding keeps the receive window open: the peer may still have to send its whole request before it
                // takes the last response (RFC 9112 section 9.6).
                while socket.recv(|bytes| (bytes.len(), bytes.len())).is_ok_and(|count| count > 0) {
                    heard = now;
                }
                let mut deadline = since.saturating_add(deadlines.response);
                match socket.state() {
                    State::Closed | State::TimeWait | State::Listen => {
                        return (Self::listen(socket, port, deadlines), None);
                    }
                    // The peer has acknowledged our FIN, and only its own is missing.
                    State::FinWait2 => deadline = deadline.min(heard.saturating_add(deadlines.close)),
                    _ => heard = now,
                }
                if now < deadline {
                    (Self::Closing { since, heard }, Some(deadline))
                } else {
                    event!(info, "{}: dropped: not closed in time", peer(socket.remote_endpoint()));
                    socket.abort();
                    (Self::Reset, None)
                }
            }
        }
    }

    /// The server closes its side now.
    pub(super) const fn closing(now: Duration) -> Self {
        Self::Closing { since: now, heard: now }
    }

    /// Returns true if the socket needs a slot.
    pub(super) fn needs_slot(self, socket: &Socket<'_>) -> bool {
        matches!(self, Self::Waiting(_)) && is_ready(socket)
    }
}

/// The limit of a handshake; `None` for 136 years or more, because smoltcp adds it to a signed number of microseconds.
fn handshake_limit(response: Duration) -> Option<smoltcp::time::Duration> {
    let seconds = u32::try_from(response.as_secs()).ok()?;
    let micros = u64::from(seconds) * 1_000_000 + u64::from(response.subsec_micros());
    Some(smoltcp::time::Duration::from_micros(micros))
}

/// Returns true if the socket has bytes to read, or its receive side is closed.
fn is_ready(socket: &Socket<'_>) -> bool {
    socket.can_recv() || !socket.may_recv()
}
