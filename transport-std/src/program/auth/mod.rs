//! Access control: layers that refuse requests by host and by password before they reach the site.
//!
//! Invariant: a preflight request (CORS) needs no password, and every other request does, or every one that may change something
//! (--auth-for); no request with a password that is not right reaches the site.

mod basic;
mod credentials;
mod hash_pool;
mod hash_queue;
mod hosts;
mod login;
mod scope;
mod shared_cache;
mod stored_hash;

use bantam::layers::Cors;
use clap::Args;

use self::basic::BasicAuth;
use self::hosts::{AllowedHosts, Host};
use self::scope::AuthFor;
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

    /// Which requests need the password of --basic-auth; one that has a password is checked in any case
    #[arg(long, value_name = "WHICH", default_value = "all", requires = "basic_auth")]
    auth_for: AuthFor,
}

impl AuthArgs {
    /// Returns true if requests need a name and a password.
    pub(crate) const fn has_users(&self) -> bool {
        !self.basic_auth.is_empty()
    }

    /// Checks the users, and against them the values of Cache-Control, each with the flag that sets it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn check(&self, cache_controls: &[(&str, &str)]) -> Result<(), String> {
        basic::check_names(&self.basic_auth)?;
        let shared = cache_controls.iter().find(|(_, value)| shared_cache::is_shared(value));
        match shared {
            _ if self.auth_for == AuthFor::Write => Ok(()),
            Some((flag, value)) if !self.basic_auth.is_empty() => Err(format!(
                "{flag} \"{value}\" lets shared caches serve what --basic-auth protects to anyone (RFC 9111 \
                 section 3.5): give it without public, s-maxage and must-revalidate, or with private"
            )),
            _ => Ok(()),
        }
    }

    /// The layers of access control, with CORS of `files`. Starts the threads that check passwords, if there are users.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn start(&self, files: &FileArgs) -> Result<AccessControl, String> {
        let (hosts, cors) = (AllowedHosts(self.allow_host.clone()), files.cors()?);
        Ok(AccessControl { hosts, cors, users: BasicAuth::start(self.basic_auth.clone(), self.auth_for)? })
    }
}

/// The layers of access control, from the outside.
#[derive(Debug)]
pub(crate) struct AccessControl {
    pub(crate) hosts: AllowedHosts,
    pub(crate) cors: Option<Cors<AllowedOrigins>>,
    pub(crate) users: BasicAuth,
}

impl AccessControl {
    /// Returns true if no request is looked at.
    pub(crate) const fn is_absent(&self) -> bool {
        self.hosts.0.is_empty() && self.cors.is_none() && !self.users.has_users()
    }
}
