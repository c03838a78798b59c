//! `AccessControl`: refuses requests by host and by password before they reach the site, and adds to its responses what
//! depends on neither: the fields of CORS and of caching.
//!
//! Invariant: a preflight request needs no password, and every other request does; a refused request says nothing about the
//! site.

mod amended;
mod basic;
mod credentials;
mod hash_pool;
mod hash_queue;
mod hosts;
mod shared_cache;
mod stored_hash;

use std::time::Duration;

use bantam::wire::{Headers, Method, Status};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use bantam_std::files::Cors;
use clap::Args;

use self::amended::{AmendedConnection, Amendments};
use self::basic::BasicAuth;
use self::hash_queue::Verdict;
use self::hosts::Host;
pub(crate) use self::stored_hash::hash;
use crate::site::FileArgs;

#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct AuthArgs {
    /// Answer requests for this host only, on any port unless one is given; others get 421. May be repeated [default: any
    /// host]
    #[arg(long, value_name = "HOST[:PORT]", value_delimiter = ',', value_parser = hosts::parse)]
    allow_host: Vec<Host>,

    /// Require this user name and password (else 401). HASH is an Argon2 or bcrypt hash: see --hash-password. Two passwords
    /// are checked at a time and others wait; with too many, 429 or 503. May be repeated, also on lines of their own: hashes
    /// contain commas [default: no password]
    #[arg(long, value_name = "USER:HASH", value_delimiter = '\n', value_parser = basic::UserParser)]
    basic_auth: Vec<basic::User>,
}

impl AuthArgs {
    /// Returns true if requests need a name and a password.
    pub(crate) const fn has_users(&self) -> bool {
        !self.basic_auth.is_empty()
    }

    /// Checks the users, and the value of --cache-control against them.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn check(&self, cache_control: Option<&str>) -> Result<(), String> {
        basic::check_names(&self.basic_auth)?;
        match cache_control {
            Some(value) if !self.basic_auth.is_empty() && shared_cache::is_shared(value) => Err(format!(
                "--cache-control \"{value}\" lets shared caches serve what --basic-auth protects to anyone (RFC 9111 \
                 section 3.5): give it without public, s-maxage and must-revalidate, or with private"
            )),
            _ => Ok(()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct AccessControl<S> {
    hosts: Vec<Host>,
    users: BasicAuth,
    cors: Cors,
    site: S,
}

impl<S> AccessControl<S> {
    /// Puts access control before a site, which `files` has made, and starts the threads that check passwords, if there are
    /// users.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn start(args: &AuthArgs, files: &FileArgs, site: S) -> Result<Self, String> {
        args.check(files.cache_control())?;
        let (cors, users) = (files.cors()?, BasicAuth::start(args.basic_auth.clone())?);
        Ok(Self { hosts: args.allow_host.clone(), users, cors, site })
    }

    /// What is added to every response to this request.
    fn amendments(&self, request: &Headers<'_>) -> Amendments<'_> {
        Amendments {
            fields: self.cors.response_fields(request),
            varies: self.cors.varies(),
            is_private: self.users.is_active(),
        }
    }

    /// Waits until the credentials of a request are checked. Nothing of that runs on this thread.
    async fn authenticate<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<Verdict, C::Error> {
        let client = details.client_address.map(|address| address.ip());
        match self.users.check(&details.headers, client) {
            Ok(verdict) => Ok(verdict),
            Err(ticket) => {
                // Sends the responses to the requests before.
                details.connection.pause(Duration::ZERO).await?;
                Ok(ticket.await)
            }
        }
    }
}

/// Answers a request whose password is wrong, or could not be checked.
async fn refuse<C: Connection>(
    connection: &mut C,
    amendments: &Amendments<'_>,
    verdict: Verdict,
) -> Result<(), C::Error> {
    let (status, field, text) = match verdict {
        Verdict::Right | Verdict::Wrong => (
            Status::UNAUTHORIZED,
            ("WWW-Authenticate", "Basic realm=\"bantam\", charset=\"UTF-8\""),
            "A user name and a password are required.\n",
        ),
        Verdict::TooMany => (
            Status::TOO_MANY_REQUESTS,
            ("Retry-After", "1"),
            "Too many passwords of this client are being checked.\n",
        ),
        Verdict::Busy => {
            (Status::SERVICE_UNAVAILABLE, ("Retry-After", "1"), "Too many passwords are being checked.\n")
        }
    };
    let headers = [field, ("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")];
    let response = Response::new(status).headers(&headers).body(text.as_bytes());
    amendments.respond(connection, response).await
}

impl<S: Site> Site for AccessControl<S> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| host.matches(details.host())) {
            return Err(Rejection::Misdirected.into());
        }
        if details.method == Method::Options
            && let Some(fields) = self.cors.preflight(&details.headers)
        {
            let response = Response::new(Status::NO_CONTENT).headers(&fields);
            return details.connection.make_response(response).await;
        }
        let verdict = self.authenticate(details).await?;
        let amendments = self.amendments(&details.headers);
        if verdict != Verdict::Right {
            return refuse(details.connection, &amendments, verdict).await;
        }
        let result = {
            let mut place = None;
            let wrap = |inner| AmendedConnection { inner, amendments: &amendments };
            self.site.request_handler(&mut details.wrapped(&mut place, wrap)).await
        };
        amendments.finish(details.connection, details.method, result).await
    }
}
