//! `Rejector`: has connections answered that are not served.
//! Invariant: no worker blocks on a rejected connection.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use bantam::Rejection;
use bantam::wire::Status;

use crate::access::observer::RejectedConnection;
use crate::shared::lingerer::Lingerer;
use crate::shared::refusal::{LastAnswer, NEEDS_TLS, TOO_MANY_CONNECTIONS};
use crate::shared::rejection_log::RejectionLog;

/// The rejection of a connection beyond those of its client.
const TOO_MANY: Rejection = match Rejection::with(Status::TOO_MANY_REQUESTS) {
    Some(rejection) => rejection,
    None => Rejection::Busy,
};

/// Rejects connections: the thread of the [`Lingerer`] answers and closes them.
#[derive(Clone)]
pub(crate) struct Rejector {
    pub(crate) lingerer: Lingerer,
    pub(crate) log: Arc<RejectionLog>,
}

impl Rejector {
    /// Answers a connection, and closes it. `client`: its address as far as it is known. `is_tls`: its peer expects TLS.
    pub(crate) fn reject(
        &self,
        socket: TcpStream,
        client: Option<SocketAddr>,
        why: RejectedConnection,
        is_tls: bool,
    ) {
        let (rejection, answer) = match why {
            RejectedConnection::Limit if is_tls => (Rejection::Busy, LastAnswer::BusyAlert),
            RejectedConnection::Limit => (Rejection::Busy, LastAnswer::Rejection(Rejection::Busy)),
            RejectedConnection::ClientLimit if is_tls => (TOO_MANY, LastAnswer::BusyAlert),
            RejectedConnection::ClientLimit => (TOO_MANY, LastAnswer::Refusal(&TOO_MANY_CONNECTIONS)),
            RejectedConnection::ProxyHeader => {
                (Rejection::BadStartLine, LastAnswer::Rejection(Rejection::BadStartLine))
            }
            RejectedConnection::PlainHttp => (Rejection::BadStartLine, LastAnswer::Refusal(&NEEDS_TLS)),
            RejectedConnection::Handshake => (Rejection::BadStartLine, LastAnswer::Written),
        };
        self.log.report(&socket, client, rejection, why);
        match answer {
            LastAnswer::Written => self.lingerer.linger(socket),
            answer => self.lingerer.answer(socket, answer),
        }
    }
}
