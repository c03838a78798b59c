//! `LimitArgs`: the flags that limit a connection, or all that a client has.

use std::num::NonZeroU32;
use std::time::Duration;

use bantam_std::{Rate, RateLimit, Server};
use clap::Args;

use crate::values::{self, Size};

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits of a client")]
pub(crate) struct LimitArgs {
    /// Maximum number of requests on a connection: the last answer says Connection: close. Pipelined requests behind it are not
    /// processed, so that the client sends them again [default: no limit]
    #[arg(long, value_name = "N")]
    max_requests: Option<NonZeroU32>,

    /// Age of a connection at which the next answer says Connection: close, and an idle connection is closed; a request that has
    /// begun is finished. Spreads clients over servers that are added behind a load balancer
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = values::timeout)]
    timeout_connection: Duration,

    /// Maximum number of connections of a client, which is an IPv4 address or a /64 of IPv6; more are answered 429. Not limited are
    /// this machine (loopback addresses, Unix sockets) and a proxy of --trust-proxy, whose clients are limited with --client-from
    /// proxy-protocol. 0 means no limit [default: a quarter of --max-connections, at least 32]
    #[arg(long, value_name = "N")]
    max_connections_per_client: Option<usize>,

    /// Rate of requests of a client, such as 10/s, 600/m or 1000/h, and how many may come at once (10/s:50; without it as many as the
    /// rate); more are answered 429 with Retry-After. A client is an IPv4 address or a /64 of IPv6, this machine, too; behind a proxy it
    /// is the one that --trust-proxy finds [default: no limit]
    #[arg(long, value_name = "RATE[:BURST]", value_parser = values::request_rate)]
    rate_limit: Option<Rate>,

    /// Maximum number of bytes a second that are sent on a connection, such as 64k or 1m; at least 1k [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = values::byte_rate)]
    max_rate: Option<Size>,
}

impl LimitArgs {
    /// Sets the limits of connections.
    pub(crate) fn apply(&self, server: Server) -> Server {
        let server = server
            .max_requests(self.max_requests.map_or(0, NonZeroU32::get))
            .max_age(self.timeout_connection)
            .max_rate(self.max_rate.map_or(0, |size| size.0));
        match self.max_connections_per_client {
            Some(limit) => server.max_connections_per_client(limit),
            None => server,
        }
    }

    /// The layer of --rate-limit; `None` without it.
    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit.map(RateLimit::per_client)
    }
}
