//! Access control: layers that refuse requests by host and by password before they reach the site.
//!
//! Invariant: a preflight request (CORS) needs no password, and every other request does.

mod basic;
mod credentials;
mod hash_pool;
mod hash_queue;
mod hosts;
mod login;
mod shared_cache;
mod stored_hash;

use bantam::layers::Cors;
use bantam::{Layered, Site};
use clap::Args;

use self::basic::BasicAuth;
use self::hosts::{AllowedHosts, Host};
pub(crate) use self::stored_hash::hash;
use crate::origins::AllowedOrigins;
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

    /// Puts access control around a site: from the outside, the hosts, CORS of `files`, and the users. Starts the threads that check
    /// passwords, if there are users.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn protect<S: Site>(&self, files: &FileArgs, site: S) -> Result<Protected<S>, String> {
        self.check(files.cache_control())?;
        let users = BasicAuth::start(self.basic_auth.clone())?;
        Ok(site.layer(users).layer(files.cors()?).layer(AllowedHosts(self.allow_host.clone())))
    }
}

/// A site below its access control.
pub(crate) type Protected<S> =
    Layered<AllowedHosts, Layered<Option<Cors<AllowedOrigins>>, Layered<BasicAuth, S>>>;
