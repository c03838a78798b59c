//! `RecentRefusals`: the latest refusals, each with its client, status and reason, and how often it came.
//!
//! Invariant: no byte of a request is kept, and the memory is that of [`KEPT`] refusals, however many come.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bantam::{Fault, Rejection};
use bantam_std::{AccessRecord, RejectedConnection};

/// How many refusals are kept.
pub(super) const KEPT: usize = 20;

/// What is refused to a client, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RefusalRecord {
    /// The latest one.
    pub(super) at: SystemTime,
    /// `None` on a Unix socket.
    pub(super) peer: Option<IpAddr>,
    /// `None` without a response.
    pub(super) status: Option<u16>,
    /// One sentence.
    pub(super) reason: &'static str,
    /// How often it came to this client since it is listed.
    pub(super) count: u64,
}

#[derive(Debug, Default)]
pub(super) struct RecentRefusals {
    /// The latest first.
    list: Mutex<VecDeque<RefusalRecord>>,
}

impl RecentRefusals {
    fn lock(&self) -> MutexGuard<'_, VecDeque<RefusalRecord>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the fault of a response, unless the client has only gone.
    pub(super) fn on_response(&self, access: &AccessRecord<'_>) {
        let reason = match access.record.fault {
            // The page has a sentence of its own, which the record does not have.
            Some(Fault::Rejection(Rejection::Refused(_))) => access.record.status.reason(),
            Some(Fault::Rejection(rejection)) => rejection.reason(),
            Some(Fault::Misuse(misuse)) => misuse.reason(),
            Some(Fault::Source) => "the source of the response cannot be read",
            _ => return,
        };
        self.push(access, Some(access.record.status.code()), reason);
    }

    /// Notes a connection that was refused.
    pub(super) fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        let reason = match why {
            RejectedConnection::Limit => Rejection::Busy.reason(),
            RejectedConnection::ProxyHeader => "The proxy has not sent a valid PROXY header.",
            RejectedConnection::PlainHttp => "A request without TLS.",
            RejectedConnection::Handshake => return self.push(access, None, "The TLS handshake failed."),
            _ => access.record.status.reason(),
        };
        self.push(access, Some(access.record.status.code()), reason);
    }

    fn push(&self, access: &AccessRecord<'_>, status: Option<u16>, reason: &'static str) {
        let peer = access.client.map(|client| client.ip());
        let mut refusal = RefusalRecord { at: SystemTime::now(), peer, status, reason, count: 1 };
        let mut list = self.lock();
        let is_same =
            |other: &RefusalRecord| (other.peer, other.status, other.reason) == (peer, status, reason);
        if let Some(before) = list.iter().position(is_same).and_then(|index| list.remove(index)) {
            refusal.count = before.count.saturating_add(1);
        }
        list.truncate(KEPT - 1);
        list.push_front(refusal);
    }

    /// The refusals, the latest first.
    pub(super) fn list(&self) -> Vec<RefusalRecord> {
        self.lock().iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bantam::ExchangeRecord;
    use bantam::wire::Status;

    use super::*;

    fn refuse(refusals: &RecentRefusals, client: &str, status: Status, fault: Option<Fault>) {
        let record = ExchangeRecord::new(b"GET /secret?key HTTP/1.1\r\n", status, 0, fault);
        refusals.on_response(&AccessRecord::new(client.parse().ok(), [b' '; 29], Duration::ZERO, &record));
    }

    #[test]
    fn a_flood_keeps_its_latest_refusals_and_the_same_one_is_counted() {
        let refusals = RecentRefusals::default();
        let missing = Some(Fault::Rejection(Rejection::NotFound));
        for number in 0..100 {
            refuse(&refusals, &format!("192.0.2.{number}:1"), Status::NOT_FOUND, missing);
        }
        for port in 0..1_000 {
            refuse(&refusals, &format!("192.0.2.90:{port}"), Status::NOT_FOUND, missing);
        }
        let list = refusals.list();
        let peers: Vec<_> =
            list.iter().filter_map(|refusal| refusal.peer).map(|peer| peer.to_string()).collect();
        let older = (80..100).rev().filter(|number| *number != 90);
        let expected: Vec<_> =
            [90].into_iter().chain(older).map(|number| format!("192.0.2.{number}")).collect();
        assert_eq!(peers, expected);
        assert_eq!((list[0].count, list[1].count), (1_001, 1));
        assert!(refusals.lock().capacity() <= 2 * KEPT);
    }

    #[test]
    fn a_response_without_fault_and_a_client_that_has_gone_are_no_refusals() {
        let refusals = RecentRefusals::default();
        refuse(&refusals, "192.0.2.1:1", Status::OK, None);
        refuse(&refusals, "192.0.2.1:1", Status::OK, Some(Fault::Stream));
        assert_eq!(refusals.list(), []);
        refuse(
            &refusals,
            "",
            Status::UNAUTHORIZED,
            Rejection::with(Status::UNAUTHORIZED).map(Fault::Rejection),
        );
        let [only] = refusals.list()[..] else { panic!("one") };
        assert_eq!((only.peer, only.status, only.reason), (None, Some(401), "Unauthorized"));
    }
}
