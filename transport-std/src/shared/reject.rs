//! `Rejector`: has connections answered that are not served.
//! Invariant: no worker blocks on a rejected connection.

use std::net::TcpStream;
use std::sync::Arc;

use bantam::Rejection;

use crate::access::observer::Observer;
use crate::shared::lingerer::Lingerer;

/// Rejects connections: the thread of the [`Lingerer`] answers and closes them.
#[derive(Clone)]
pub(crate) struct Rejector {
    pub(crate) lingerer: Lingerer,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Rejector {
    /// Answers 503 to a connection above the limit.
    pub(crate) fn too_many_connections(&self, socket: TcpStream) {
        self.observer.on_rejected();
        self.lingerer.reject(socket, Rejection::Busy);
    }

    /// Answers 400 to a connection without the PROXY protocol header that it has to begin with.
    pub(crate) fn missing_proxy_header(&self, socket: TcpStream) {
        self.lingerer.reject(socket, Rejection::BadStartLine);
    }
}
