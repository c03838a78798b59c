//! `Observer`: what a server reports about responses and rejected connections.
//!
//! Invariant: an observer gets each response once, when its last byte was sent or never will be.

use std::net::SocketAddr;
use std::time::Duration;

use bantam::ExchangeRecord;

/// A request and its response, for an [`Observer`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AccessRecord<'a> {
    /// The client's address; `None` on a Unix socket. It is the socket's where the head of the request is not whole.
    pub client: Option<SocketAddr>,
    /// The time of the response, an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub date: [u8; 29],
    /// From the first byte of the request until the system has taken the last byte of the response. Zero if no observer
    /// [needs it](Observer::needs_duration).
    pub duration: Duration,
    /// The request and the response.
    pub record: &'a ExchangeRecord<'a>,
    /// The name of the user that the site has let in, any bytes. `None` from the server, which knows no users: an observer
    /// that does sets it in its copy of the record.
    pub user: Option<&'a [u8]>,
    /// The version of TLS of the connection; `None` without TLS.
    pub tls: Option<TlsVersion>,
}

impl<'a> AccessRecord<'a> {
    /// Makes a record, to test an observer with.
    #[must_use]
    pub const fn new(
        client: Option<SocketAddr>,
        date: [u8; 29],
        duration: Duration,
        record: &'a ExchangeRecord<'a>,
    ) -> Self {
        Self { client, date, duration, record, user: None, tls: None }
    }
}

/// A version of TLS that a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

impl TlsVersion {
    /// The number: `1.2` or `1.3`.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

/// Why a connection was refused before its first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectedConnection {
    /// Beyond [`Server::max_connections`](crate::Server::max_connections): answered 503, or closed in a flood. A connection that
    /// is to speak TLS gets the alert `internal_error` in place of 503.
    Limit,
    /// Beyond [`Server::max_connections_per_client`](crate::Server::max_connections_per_client): answered 429, or closed in a flood.
    /// TLS gets the alert as for `Limit`.
    ClientLimit,
    /// A trusted proxy has not sent the header of the PROXY protocol that it has to begin with, or not a valid one: answered 400.
    ProxyHeader,
    /// A request without TLS where TLS is spoken: answered 400.
    PlainHttp,
    /// A TLS handshake that cannot succeed: answered with an alert.
    Handshake,
}

/// Which responses an [`Observer`] is told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observes {
    /// None.
    Nothing,
    /// Those with a [fault](ExchangeRecord::fault).
    Faults,
    /// All.
    #[default]
    Responses,
}

impl Observes {
    /// Returns true if a response is among them.
    pub(crate) const fn includes(self, record: &ExchangeRecord<'_>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Faults => record.fault.is_some(),
            Self::Responses => true,
        }
    }
}

/// Is called by the threads that serve: an observer that blocks delays the connections of its thread. What it writes must go
/// through a queue: a file, a pipe or a terminal can block at any time. An observer that panics loses what it was called for, and
/// nothing else.
pub trait Observer: Send + Sync {
    /// Which responses the observer is told of: a response that it is not told of is not described. Asked at the start of each
    /// request. Default: all.
    fn observes(&self) -> Observes {
        Observes::Responses
    }

    /// Takes the record of a response: complete, or aborted by either side.
    fn on_response(&self, access: &AccessRecord<'_>);

    /// Returns true if [`AccessRecord::duration`] is to be measured, which reads the clock twice. Not asked of an
    /// observer of nothing. Default: true.
    fn needs_duration(&self) -> bool {
        true
    }

    /// Takes the record of a connection that was refused before its first request, and why. The record has the client, the
    /// date, the status and the fault, and no head. Default: nothing.
    fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        let _ = (access, why);
    }
}
