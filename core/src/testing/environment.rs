//! What a scripted peer's connection is given besides its bytes: address, date, security, shutdown; and the log of its
//! exchanges.

use std::net::{Ipv4Addr, SocketAddr};
use std::vec::Vec;

use crate::error::Fault;
use crate::record::ExchangeRecord;

/// An [`ExchangeRecord`] that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedExchange {
    /// See [`ExchangeRecord::request_line`].
    pub request_line: Vec<u8>,
    /// The number of [`ExchangeRecord::headers`].
    pub fields: usize,
    /// See [`ExchangeRecord::status`].
    pub status: u16,
    /// See [`ExchangeRecord::body_sent`].
    pub body_sent: u64,
    /// See [`ExchangeRecord::fault`].
    pub fault: Option<Fault>,
}

impl LoggedExchange {
    /// Returns true if the request was HEAD.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.request_line.starts_with(b"HEAD ")
    }
}

/// Everything of a connection that is neither bytes nor time.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The address of the peer. Default: 192.0.2.1, port 4321.
    pub client: SocketAddr,
    /// The exchanges that were reported.
    pub log: Vec<LoggedExchange>,
    /// The value of `Date`.
    pub date: Option<[u8; 29]>,
    /// The server is shutting down: no connection is kept.
    pub stopping: bool,
    /// The transport is secure.
    pub secure: bool,
}

impl Environment {
    /// Appends an exchange to the log.
    pub fn record(&mut self, record: &ExchangeRecord<'_>) {
        let ExchangeRecord { status, body_sent, fault, .. } = *record;
        let (request_line, fields) = (record.request_line().to_vec(), record.headers().iter().count());
        self.log.push(LoggedExchange { request_line, fields, status: status.code(), body_sent, fault });
    }
}

impl Default for Environment {
    fn default() -> Self {
        // An address of documentation (RFC 5737).
        let client = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 4321));
        Self { client, log: Vec::new(), date: None, stopping: false, secure: false }
    }
}
