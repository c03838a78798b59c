//! `Rejector`: has connections answered that are not served.
//! Invariant: no worker blocks on a rejected connection.

use std::net::TcpStream;
use std::sync::Arc;

use bantam::Rejection;

use crate::access::observer::RejectedConnection;
use crate::shared::lingerer::Lingerer;
use crate::shared::rejection_log::RejectionLog;

/// Rejects connections: the thread of the [`Lingerer`] answers and closes them.
#[derive(Clone)]
pub(crate) struct Rejector {
    pub(crate) lingerer: Lingerer,
    pub(crate) log: Arc<RejectionLog>,
}

impl Rejector {
    /// Answers 503 to a connection above the limit.
    pub(crate) fn too_many_connections(&self, socket: TcpStream) {
        self.reject(socket, Rejection::Busy, RejectedConnection::Limit);
    }

    /// Answers 400 to a connection without the PROXY protocol header that it has to begin with.
    pub(crate) fn missing_proxy_header(&self, socket: TcpStream) {
        self.reject(socket, Rejection::BadStartLine, RejectedConnection::ProxyHeader);
    }

    fn reject(&self, socket: TcpStream, rejection: Rejection, why: RejectedConnection) {
        self.log.report(&socket, rejection, why);
        self.lingerer.reject(socket, rejection);
    }
}
