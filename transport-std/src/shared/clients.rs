//! `ClientCounts`: how many connections each client has, and their limit.
//! Invariant: a client has an entry exactly while it has connections that are counted, and never more of them than the limit.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use crate::access::client_key::ClientKey;
use crate::shared::sync::{Mutex, lock};

/// From this capacity on a table that is mostly empty is shrunk.
const MIN_SHRUNK: usize = 1024;

/// The connections of a server by client: some 20 to 40 bytes for each client that has one.
pub(super) struct ClientCounts {
    /// `None`: nothing is counted.
    limit: Option<NonZeroUsize>,
    counts: Mutex<HashMap<ClientKey, usize>>,
}

impl ClientCounts {
    pub(super) fn new(limit: Option<NonZeroUsize>) -> Self {
        Self { limit, counts: Mutex::new(HashMap::new()) }
    }

    /// Counts a connection in, if the limit allows.
    pub(super) fn enter(&self, client: ClientKey) -> bool {
        let Some(limit) = self.limit else { return true };
        let mut counts = lock(&self.counts);
        let count = counts.get(&client).copied().unwrap_or(0);
        if count >= limit.get() {
            return false;
        }
        counts.insert(client, count + 1);
        true
    }

    /// Counts a connection out.
    pub(super) fn leave(&self, client: ClientKey) {
        if self.limit.is_none() {
            return;
        }
        let mut counts = lock(&self.counts);
        match counts.get_mut(&client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&client);
                if counts.capacity() >= MIN_SHRUNK && counts.len() < counts.capacity() / 8 {
                    let length = counts.len();
                    counts.shrink_to(2 * length);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_as_many_connections_as_the_limit_and_others_have_their_own() {
        let clients = ClientCounts::new(NonZeroUsize::new(2));
        let [one, other] = [1, 2].map(ClientKey::from_number);
        assert!(clients.enter(one) && clients.enter(one) && !clients.enter(one));
        assert!(clients.enter(other));
        clients.leave(one);
        assert!(clients.enter(one) && !clients.enter(one));
    }

    #[test]
    fn a_client_without_a_connection_costs_nothing() {
        let clients = ClientCounts::new(NonZeroUsize::new(2));
        for round in 0..3 {
            for number in 0..20_000 {
                assert!(clients.enter(ClientKey::from_number(number + round)));
            }
            for number in 0..20_000 {
                clients.leave(ClientKey::from_number(number + round));
            }
            let counts = lock(&clients.counts);
            assert!(counts.is_empty() && counts.capacity() < 2 * MIN_SHRUNK, "{}", counts.capacity());
        }
        let unlimited = ClientCounts::new(None);
        assert!(unlimited.enter(ClientKey::from_number(1)) && lock(&unlimited.counts).is_empty());
    }
}
