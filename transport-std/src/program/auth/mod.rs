//! `AccessControl`: refuses requests by host and by password before they reach the site.

mod basic;
mod hosts;

use bantam::wire::Status;
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use clap::Args;

use self::basic::BasicAuth;
pub(crate) use self::basic::hash;
use self::hosts::Host;

#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct AuthArgs {
    /// Answer requests for this host only, on any port unless one is given; others get 421. May be repeated [default: any
    /// host]
    #[arg(long, value_name = "HOST[:PORT]", value_parser = hosts::parse)]
    allow_host: Vec<Host>,

    /// Require this user name and password (else 401). HASH is an Argon2 or bcrypt hash: see --hash-password. May be
    /// repeated [default: no password]
    #[arg(long, value_name = "USER:HASH", value_parser = basic::parse)]
    basic_auth: Vec<basic::User>,
}

#[derive(Debug)]
pub(crate) struct AccessControl<S> {
    hosts: Vec<Host>,
    users: BasicAuth,
    site: S,
}

impl<S> AccessControl<S> {
    pub(crate) fn new(args: &AuthArgs, site: S) -> Self {
        Self { hosts: args.allow_host.clone(), users: BasicAuth::new(args.basic_auth.clone()), site }
    }
}

impl<S: Site> Site for AccessControl<S> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| host.matches(details.host())) {
            return Err(Rejection::Misdirected.into());
        }
        if !self.users.authenticate(details.headers.first("authorization")) {
            let headers = [
                ("WWW-Authenticate", "Basic realm=\"bantam\", charset=\"UTF-8\""),
                ("Content-Type", "text/plain; charset=utf-8"),
            ];
            let response = Response::new(Status::UNAUTHORIZED).headers(&headers);
            let response = response.body(b"A user name and a password are required.\n");
            return details.connection.make_response(response).await;
        }
        self.site.request_handler(details).await
    }
}
