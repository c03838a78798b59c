//! Law: nobody's word is taken for who the client is until the operator says whose.

use bantam_std::TrustedProxies;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(next_help_heading = "Behind a proxy")]
pub(crate) struct ProxyArgs {
    /// Believe a proxy at this address, in this network, or at the other end of a Unix socket (unix) for whom it asks; may be repeated
    #[arg(long, value_name = "ADDR[/BITS]|unix", value_delimiter = ',', value_parser = network)]
    trust_proxy: Vec<String>,

    /// How it says so: a field that it must set itself, or a header of the PROXY protocol (1 or 2), with which each of its
    /// connections then has to begin
    #[arg(long, value_enum, value_name = "HOW", default_value_t, requires = "trust_proxy")]
    client_from: ClientAddrSource,
}

/// See [`bantam_std::ClientAddrSource`].
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ClientAddrSource {
    #[default]
    XForwardedFor,
    Forwarded,
    ProxyProtocol,
}

impl ProxyArgs {
    pub(crate) fn proxies(&self) -> TrustedProxies {
        let from = match self.client_from {
            ClientAddrSource::XForwardedFor => bantam_std::ClientAddrSource::XForwardedFor,
            ClientAddrSource::Forwarded => bantam_std::ClientAddrSource::Forwarded,
            ClientAddrSource::ProxyProtocol => bantam_std::ClientAddrSource::ProxyProtocol,
        };
        // They have been looked at when they were read.
        let known = |proxies: TrustedProxies, who: &String| proxies.clone().trust(who).unwrap_or(proxies);
        self.trust_proxy.iter().fold(TrustedProxies::new(from), known)
    }
}

fn network(text: &str) -> Result<String, String> {
    TrustedProxies::default().trust(text).map(|_| text.into()).map_err(|error| error.to_string())
}
