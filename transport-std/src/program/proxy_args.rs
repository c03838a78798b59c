//! `ProxyArgs`: the flags about trusted proxies.

use bantam_std::TrustedProxies;
use clap::{Args, ValueEnum};

use crate::values::element;

#[derive(Debug, Args)]
#[command(next_help_heading = "Behind a proxy")]
pub(crate) struct ProxyArgs {
    /// Take the client's address from a proxy at this address, in this network, or on a Unix socket (unix). May be repeated
    /// [default: none]
    #[arg(long, value_name = "ADDR[/BITS]|unix", value_delimiter = ',', value_parser = parse_network)]
    trust_proxy: Vec<String>,

    /// Where the proxy states the address: in a field that it must set itself, or in a PROXY protocol header (version 1 or 2),
    /// which every connection of the proxy must then start with
    #[arg(long, value_enum, value_name = "HOW", default_value_t, requires = "trust_proxy")]
    client_from: ClientAddrSource,
}

/// A value of --client-from: see [`bantam_std::ClientAddrSource`].
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ClientAddrSource {
    #[default]
    XForwardedFor,
    Forwarded,
    ProxyProtocol,
}

impl ProxyArgs {
    pub(crate) fn proxies(&self) -> TrustedProxies {
        let source = match self.client_from {
            ClientAddrSource::XForwardedFor => bantam_std::ClientAddrSource::XForwardedFor,
            ClientAddrSource::Forwarded => bantam_std::ClientAddrSource::Forwarded,
            ClientAddrSource::ProxyProtocol => bantam_std::ClientAddrSource::ProxyProtocol,
        };
        // parse_network has validated each.
        let trust = |proxies: TrustedProxies, peer: &String| proxies.clone().trust(peer).unwrap_or(proxies);
        self.trust_proxy.iter().fold(TrustedProxies::new(source), trust)
    }
}

fn parse_network(text: &str) -> Result<String, String> {
    let text = element(text)?;
    TrustedProxies::default().trust(&text).map(|_| text).map_err(|error| error.to_string())
}
