//! The layer of --basic-auth: a request reaches the site if its password is right, or if it needs none and has none.
//!
//! Invariant: a refused request says nothing about the site, and no response to a user is kept by a shared cache.

use std::borrow::Cow;
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, Fields, Layer, Refusal, RequestDetails, Site};

use super::basic::BasicAuth;
use super::hash_queue::Verdict;
use super::shared_cache::restricted;

static WRONG: Refusal = Refusal::new(Status::UNAUTHORIZED)
    .reason("A user name and a password are required.")
    .fields(&[("WWW-Authenticate", "Basic realm=\"bantam\", charset=\"UTF-8\""), NO_STORE]);
static TOO_MANY: Refusal = Refusal::new(Status::TOO_MANY_REQUESTS)
    .reason("Too many passwords of this client are being checked.")
    .fields(&[RETRY_AFTER, NO_STORE]);
static BUSY: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
    .reason("Too many passwords are being checked.")
    .fields(&[RETRY_AFTER, NO_STORE]);
const NO_STORE: (&str, &str) = ("Cache-Control", "no-store");
const RETRY_AFTER: (&str, &str) = ("Retry-After", "1");

impl Layer for BasicAuth {
    /// Waits until the credentials of a request are checked. Nothing of that runs on this thread.
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        if self.scope.lets_in(details.method, &details.headers) {
            return site.request_handler(details).await;
        }
        let client = details.client_address.map(|address| address.ip());
        let verdict = match self.check(&details.headers, client) {
            Ok(verdict) => verdict,
            Err(ticket) => {
                // Sends the responses to the requests before.
                details.connection.pause(Duration::ZERO).await?;
                ticket.await
            }
        };
        match verdict {
            Verdict::Right => site.request_handler(details).await,
            Verdict::Wrong => Err(details.refuse(&WRONG)),
            Verdict::TooMany => Err(details.refuse(&TOO_MANY)),
            Verdict::Busy => Err(details.refuse(&BUSY)),
        }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        if !self.is_for_all() {
            return;
        }
        let values: Vec<_> = fields.headers().all("cache-control").map(String::from_utf8_lossy).collect();
        let value = values.join(", ");
        match restricted(&value) {
            _ if value.is_empty() => fields.add("Cache-Control", "private"),
            Cow::Owned(restricted) => fields.set("Cache-Control", &restricted),
            Cow::Borrowed(_) => {}
        }
    }
}
