//! Law: whoever has no business here is told so before any page hears of him.

mod basic;
mod hosts;

use bantam::wire::{Status, Uri};
use bantam::{Connection, Rejection, RequestDetails, Response, Site};
use clap::Args;

use self::basic::Users;
pub(crate) use self::basic::hash;
use self::hosts::Host;

#[derive(Debug, Args)]
#[command(next_help_heading = "Who may ask")]
pub(crate) struct GateArgs {
    /// Answer only for this host, with any port unless one is named; others are answered 421. May be repeated [default: any host]
    #[arg(long, value_name = "HOST[:PORT]", value_parser = hosts::parse)]
    allow_host: Vec<Host>,

    /// Ask for a name and a password (401); HASH is an Argon2 or bcrypt hash, as --hash-password makes one. May be repeated
    #[arg(long, value_name = "USER:HASH", value_parser = basic::parse)]
    basic_auth: Vec<basic::User>,
}

/// A site behind a gate.
#[derive(Debug)]
pub(crate) struct Gate<S> {
    hosts: Vec<Host>,
    users: Users,
    site: S,
}

impl<S> Gate<S> {
    pub(crate) fn new(args: &GateArgs, site: S) -> Self {
        Self { hosts: args.allow_host.clone(), users: Users::new(args.basic_auth.clone()), site }
    }
}

impl<S: Site> Site for Gate<S> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| host.is(details.host())) {
            return Err(Rejection::Misdirected.into());
        }
        if !self.users.let_in(details.headers.first("authorization")) {
            let headers = [
                ("WWW-Authenticate", "Basic realm=\"bantam\", charset=\"UTF-8\""),
                ("Content-Type", "text/plain; charset=utf-8"),
            ];
            let answer = Response::new(Status::UNAUTHORIZED).headers(&headers);
            return details
                .connection
                .make_response(answer.body(b"A name and a password are needed.\n"))
                .await;
        }
        self.site.request_handler(details).await
    }

    fn has_route(&self, uri: &Uri<'_>) -> bool {
        self.site.has_route(uri)
    }
}
