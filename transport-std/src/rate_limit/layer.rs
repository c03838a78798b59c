//! `RateLimit`: the layer of a site that refuses requests beyond a rate.

use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Instant;

use bantam::{Connection, Layer, RequestDetails, Site};

use super::rate::Rate;
use super::refusals::refusal;
use super::table::RateTable;
use crate::access::client_key::ClientKey;

/// What the requests of a [`RateLimit`] are counted by.
pub trait RateKey {
    /// Any value; of two that are equal the requests are counted together.
    type Key: Hash;

    /// The key of a request; `None` for one that is not limited. It must not wait.
    fn key<C: Connection>(&self, details: &RequestDetails<'_, C>) -> Option<Self::Key>;
}

/// By client: an IPv4 address, or a /64 of IPv6. It is that of [`RequestDetails::client_address`], which
/// [`Server::proxies`](crate::Server::proxies) states behind a proxy. Clients of a Unix socket that have no address are not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByClient;

impl RateKey for ByClient {
    type Key = u64;

    fn key<C: Connection>(&self, details: &RequestDetails<'_, C>) -> Option<u64> {
        details.client_address.map(|address| ClientKey::of(address).number())
    }
}

/// Answers requests beyond a [`Rate`] with 429 and `Retry-After`: the seconds until there is a token, rounded up. The site below is not
/// asked; the response may be its [`Site::refused`]. The connection persists.
///
/// The state has a fixed size of 1.1 MB: 65,536 keys that have used tokens. Beyond that the keys that lack the fewest tokens
/// are forgotten, so that a flood of keys neither grows the state nor frees a key that is limited. A request takes the time of a hash and of a
/// mutex that 8 keys share.
///
/// ```
/// use bantam::{Connection, RequestDetails, Site};
/// use bantam_std::{Rate, RateKey, RateLimit};
/// use std::time::Duration;
///
/// /// By the token of an API.
/// struct ByToken;
///
/// impl RateKey for ByToken {
///     type Key = Vec<u8>;
///
///     fn key<C: Connection>(&self, details: &RequestDetails<'_, C>) -> Option<Vec<u8>> {
///         details.headers.first("authorization").map(<[u8]>::to_vec)
///     }
/// }
/// # struct App;
/// # impl Site for App {
/// #     async fn request_handler<C: Connection>(&self, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> { Ok(()) }
/// # }
///
/// let rate = Rate::new(10, Duration::from_secs(1)).unwrap();
/// let site = App.layer(RateLimit::by(ByToken, rate)).layer(RateLimit::per_client(rate.burst(100)));
/// # let _ = site;
/// ```
pub struct RateLimit<K = ByClient> {
    by: K,
    rate: Rate,
    table: RateTable,
    /// A random key: a client cannot choose its row of the table.
    state: RandomState,
    epoch: Instant,
}

impl RateLimit {
    /// So many requests of each client: [`ByClient`].
    #[must_use]
    pub fn per_client(rate: Rate) -> Self {
        Self::by(ByClient, rate)
    }
}

impl<K: RateKey> RateLimit<K> {
    /// So many requests of each key.
    #[must_use]
    pub fn by(key: K, rate: Rate) -> Self {
        let (table, state, epoch) = (RateTable::new(), RandomState::new(), Instant::now());
        Self { by: key, rate, table, state, epoch }
    }

    /// Takes a token for a request, for a layer of your own: see [`RateLimit`] as one. Does not wait.
    ///
    /// # Errors
    /// The refusal of a request beyond the rate: 429.
    pub fn admit<C: Connection>(&self, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
        let Some(key) = self.by.key(details) else { return Ok(()) };
        // 580 years.
        let now = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // 0 is the key of an unused bucket.
        let taken = self.table.take(self.state.hash_one(key) | 1, self.rate, now);
        taken.map_err(|wait| details.refuse(refusal(wait)))
    }
}

impl<K: RateKey> Layer for RateLimit<K> {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        self.admit(details)?;
        site.request_handler(details).await
    }
}

impl<K: fmt::Debug> fmt::Debug for RateLimit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").field("by", &self.by).field("rate", &self.rate).finish_non_exhaustive()
    }
}
