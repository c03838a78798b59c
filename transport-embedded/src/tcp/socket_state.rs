//! Law: a socket is always on its way back to listening; whatever it waits for has an end.

use core::time::Duration;

use bantam::Deadlines;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::wire::{IpEndpoint, IpListenEndpoint};

use crate::notice::notice;

/// Whose a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Station {
    /// Nobody's: it listens, or a client is just connecting.
    Listening,
    /// A client's that waits for a slot or has nothing to ask, since then.
    Waiting(Duration),
    /// A slot's.
    Served,
    /// Nobody's any more: our side has ended, since then.
    Closing(Duration),
    /// Given up: the peer is being told.
    Reset,
}

impl Station {
    /// Back to the beginning, from wherever the socket is: TIME-WAIT is not waited out, or the pool would drain.
    pub(super) fn listen(socket: &mut Socket<'_>, port: u16, deadlines: &Deadlines) -> Self {
        socket.abort();
        // Half a handshake does not keep a socket for ever.
        let patience = u64::try_from(deadlines.response.as_micros()).ok();
        socket.set_timeout(patience.map(smoltcp::time::Duration::from_micros));
        // A closed socket can listen on any port but 0, which `Stack::new` has refused.
        let _ = socket.listen(port);
        Self::Listening
    }

    /// Looks at a socket that is in no slot: where it is now, and when to look again.
    pub(super) fn turn(
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
                    notice!(debug, "{}: accepted", peer(socket));
                    // From now on it is the phases that have an end: a page may take longer than any of them, and then
                    // a peer that is silent, too, is not gone.
                    socket.set_timeout(None);
                    Self::Waiting(now).turn(socket, port, now, deadlines)
                }
                _ => (Self::listen(socket, port, deadlines), None),
            },
            Self::Waiting(since) => {
                if has_business(socket) {
                    return (self, None);
                }
                let until = since.saturating_add(deadlines.idle);
                if now < until {
                    return (self, Some(until));
                }
                notice!(debug, "{}: closed, for it asked nothing in time", peer(socket));
                socket.close();
                (Self::Closing(now), None)
            }
            Self::Reset => (Self::listen(socket, port, deadlines), None),
            Self::Closing(since) => {
                // What still comes is thrown away, so that the window does not close before the last answer is taken.
                while socket.recv(|bytes| (bytes.len(), bytes.len())).is_ok_and(|count| count > 0) {}
                // Until the peer has acknowledged our end it may not know of it; after that only its own is missing.
                let (over, patience) = match socket.state() {
                    State::Closed | State::TimeWait | State::Listen => (true, Duration::ZERO),
                    State::FinWait2 => (false, deadlines.close),
                    _ => (false, deadlines.response),
                };
                let until = since.saturating_add(patience);
                if over {
                    (Self::listen(socket, port, deadlines), None)
                } else if now < until {
                    (self, Some(until))
                } else {
                    notice!(info, "{}: dropped, for it did not close in time", peer(socket));
                    socket.abort();
                    (Self::Reset, None)
                }
            }
        }
    }

    /// Could a slot do something for this socket?
    pub(super) fn wants_slot(self, socket: &Socket<'_>) -> bool {
        matches!(self, Self::Waiting(_)) && has_business(socket)
    }
}

/// Something has come, or nothing will any more.
fn has_business(socket: &Socket<'_>) -> bool {
    socket.can_recv() || !socket.may_recv()
}

/// Who is at the other end, for people to read; nobody's address where it is gone.
pub(super) fn peer(socket: &Socket<'_>) -> IpListenEndpoint {
    socket.remote_endpoint().map_or_else(IpListenEndpoint::default, IpEndpoint::into)
}
