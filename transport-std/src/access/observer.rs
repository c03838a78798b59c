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
    /// The client's address; `None` on a Unix socket.
    pub client: Option<SocketAddr>,
    /// The time of the response, an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub date: [u8; 29],
    /// From the first byte of the request until the system has taken the last byte of the response. Zero if no observer
    /// [needs it](Observer::needs_duration).
    pub duration: Duration,
    /// The request and the response.
    pub record: &'a ExchangeRecord<'a>,
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
        Self { client, date, duration, record }
    }
}

/// Is called by the threads that serve: an observer that blocks delays the connections of its thread. One that panics loses what it
/// was called for, and nothing else.
pub trait Observer: Send + Sync {
    /// Takes the record of a response: complete, or aborted by either side.
    fn on_response(&self, access: &AccessRecord<'_>);

    /// Returns true if [`AccessRecord::duration`] is to be measured, which reads the clock twice. Default: true.
    fn needs_duration(&self) -> bool {
        true
    }

    /// Is called after a connection beyond the limit was answered 503. Default: nothing.
    fn on_rejected(&self) {}
}
