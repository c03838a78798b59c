//! The part of a [`Worker`] that accepts connections, and finds an idle one to make way at the limit.
//! Invariant: a connection has an entry, a permit and a deadline, or its socket is closed or handed to the `Lingerer`.

use std::net::SocketAddr;

use mio::Token;
use mio::net::TcpStream;

use super::connection::PolledConnection;
use super::entry::{Entry, Place};
use super::timers::{Expiry, deadline_after};
use super::worker::Worker;
use crate::access::observer::RejectedConnection;
use crate::access::peer_name::PeerName;
use crate::shared::guard::report;
use crate::shared::state::Permit;

/// How many connections are asked to make way for a new one.
const WAY_ATTEMPTS: usize = 4;

impl Worker {
    /// Accepts up to `limit` connections.
    pub(super) fn accept(&mut self, limit: usize) {
        for _ in 0..limit {
            let Some((socket, address)) = self.parts.acceptor.accept() else { return };
            let permit = match self.admit(address) {
                Ok(permit) => permit,
                Err(why) => {
                    self.context.server.reject(socket, address, why);
                    continue;
                }
            };
            let server = &self.context.server;
            let (slot, socket) = (self.entries.vacant_entry(), TcpStream::from_std(socket));
            let (key, registry) = (slot.key(), self.parts.poll.registry());
            let opened = PolledConnection::new(server, socket, address).and_then(|mut connection| {
                let interest = connection.interest();
                registry.register(&mut connection.polled.socket, Token(key), interest)?;
                Ok(connection)
            });
            let connection = match opened {
                Ok(connection) => connection,
                Err(error) => {
                    if self.poll_warnings.allows() {
                        report!(warn, "{}: cannot poll the connection: {error}", PeerName(address));
                    }
                    continue;
                }
            };
            let (deadlines, watches_writable) = (&server.config.deadlines, connection.is_secure());
            let limit = if connection.is_secure() { deadlines.head } else { deadlines.idle };
            let elapsed = self.context.elapsed();
            let expires = Expiry::after(elapsed, server.config.limits.max_age);
            let deadline = expires.before(deadline_after(elapsed, limit));
            slot.insert(Entry {
                permit,
                place: Place::Parked(connection),
                deadline,
                expires,
                is_scheduled: false,
                watches_writable,
            });
            self.timers.arm(key as u32, deadline);
        }
    }

    /// Counts a connection in. At the limit, an idle one of this worker makes way.
    fn admit(&mut self, peer: Option<SocketAddr>) -> Result<Permit, RejectedConnection> {
        let admitted = self.context.server.admit(peer);
        if !matches!(admitted, Err(RejectedConnection::Limit)) {
            return admitted;
        }
        self.close_longest_idle();
        self.context.server.admit(peer)
    }

    fn close_longest_idle(&mut self) {
        for _ in 0..WAY_ATTEMPTS {
            let idle_deadline = |entry: &Entry| match &entry.place {
                Place::Parked(connection) => (!connection.is_readable()).then_some(entry.deadline),
                Place::InSlot(_) | Place::Polled => None,
            };
            let Some(key) = self.idle_search.find(&self.entries, idle_deadline) else { return };
            match self.entries.get(key).map(|entry| &entry.place) {
                Some(Place::Parked(connection)) if connection.is_silent() => {
                    return self.close_orderly(key as u32);
                }
                // Its request has come, and its event has not.
                _ => self.assume_readable(key as u32),
            }
        }
    }
}
