//! `ExchangeLog`: the access records of one connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bantam::ExchangeRecord;

use crate::access::observer::{AccessRecord, Observer};

/// The client of a connection, and when its current request has begun.
pub(crate) struct ExchangeLog {
    pub(crate) client: Option<SocketAddr>,
    started: Option<Instant>,
}

impl ExchangeLog {
    pub(crate) const fn new(client: Option<SocketAddr>) -> Self {
        Self { client, started: None }
    }

    /// Begins a request; reads the clock only if the observer needs it.
    pub(crate) fn start(&mut self, observer: &dyn Observer, now: impl FnOnce() -> Instant) {
        self.started = observer.needs_duration().then(now);
    }

    /// Reports a response to the observer.
    pub(crate) fn record(&self, observer: &dyn Observer, date: [u8; 29], record: &ExchangeRecord<'_>) {
        let duration = self.started.map_or(Duration::ZERO, |started| started.elapsed());
        observer.on_response(&AccessRecord::new(self.client, date, duration, record));
    }
}
