//! `TrustedProxies`: which peers may state the address of the client, and in which way.
//!
//! Invariant: of a list of addresses only the end counts that trusted proxies have appended; a separator in a quoted string
//! does not split it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use bantam::wire::{Headers, split_unquoted};
use ipnet::IpNet;

use super::protocol::ProxyHeader;

/// How a proxy states the address of its client. Choose one that the proxy sets itself: a client can forge one that the
/// proxy passes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAddrSource {
    /// The field `X-Forwarded-For`, to which each proxy appends the address of its peer.
    #[default]
    XForwardedFor,
    /// The parameter `for` of the field `Forwarded` (RFC 7239).
    Forwarded,
    /// A header of the PROXY protocol, version 1 or 2, at the start of each connection, of at most 4 KB. A trusted proxy
    /// that sends anything else is answered 400; one that sends nothing is closed after
    /// [`Deadlines::idle`](crate::Deadlines::idle).
    ProxyProtocol,
}

/// Returned for a text that is neither an address, a network nor `unix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNetwork;

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an address (10.0.0.1), a network (10.0.0.0/8) or unix")
    }
}

impl std::error::Error for InvalidNetwork {}

/// The peers that may state the address of the client. Default: none.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    trust_unix: bool,
    source: ClientAddrSource,
}

impl TrustedProxies {
    /// Trusts no peer yet: add some with [`trust`](Self::trust).
    #[must_use]
    pub const fn new(source: ClientAddrSource) -> Self {
        Self { networks: Vec::new(), trust_unix: false, source }
    }

    /// Adds an address, a network, or the clients of Unix sockets (`unix`).
    ///
    /// # Errors
    /// [`InvalidNetwork`].
    pub fn trust(mut self, peer: &str) -> Result<Self, InvalidNetwork> {
        match peer {
            "unix" => self.trust_unix = true,
            _ => {
                let address = || peer.parse::<IpAddr>().map(IpNet::from);
                self.networks.push(peer.parse().or_else(|_| address()).map_err(|_| InvalidNetwork)?);
            }
        }
        Ok(self)
    }

    /// Returns the client of a request that this peer sent: the last address of the fields' list that is not trusted. If
    /// all are trusted, or an address is missing or malformed, returns the last trusted one before it.
    #[must_use]
    pub fn client_addr(&self, peer: Option<SocketAddr>, headers: &Headers<'_>) -> Option<SocketAddr> {
        if !self.is_trusted(peer) {
            return peer;
        }
        let hops = match self.source {
            ClientAddrSource::XForwardedFor => x_forwarded_for(headers),
            ClientAddrSource::Forwarded => forwarded(headers),
            ClientAddrSource::ProxyProtocol => return peer,
        };
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            let Some(hop) = hop else { break };
            client = Some(hop);
            if !self.is_trusted(client) {
                break;
            }
        }
        client
    }

    /// Returns true if header fields can change the client's address.
    pub(crate) const fn reads_fields(&self) -> bool {
        (!self.networks.is_empty() || self.trust_unix)
            && !matches!(self.source, ClientAddrSource::ProxyProtocol)
    }

    /// Returns a reader if connections of this peer start with a header of the PROXY protocol.
    pub(crate) fn expects_header(&self, peer: Option<SocketAddr>) -> Option<ProxyHeader> {
        (self.source == ClientAddrSource::ProxyProtocol && self.is_trusted(peer)).then(ProxyHeader::default)
    }

    /// `None` is the peer of a Unix socket.
    fn is_trusted(&self, peer: Option<SocketAddr>) -> bool {
        match peer {
            None => self.trust_unix,
            Some(peer) => self.networks.iter().any(|network| network.contains(&peer.ip().to_canonical())),
        }
    }
}

/// The addresses of `X-Forwarded-For` in their order; `None` for one that is not an address.
fn x_forwarded_for(headers: &Headers<'_>) -> Vec<Option<SocketAddr>> {
    let lines = headers.all("x-forwarded-for");
    let members = lines.flat_map(|line| line.split(|byte| *byte == b','));
    members.map(|member| parse_node(text(member)?)).collect()
}

/// The addresses of `Forwarded` in their order; `None` for an element that has none.
fn forwarded(headers: &Headers<'_>) -> Vec<Option<SocketAddr>> {
    let lines = headers.all("forwarded");
    lines.flat_map(|line| split_unquoted(line, b',')).map(forwarded_for).collect()
}

/// The parameter `for` of an element (RFC 7239 section 4).
fn forwarded_for(element: &[u8]) -> Option<SocketAddr> {
    let mut pairs = split_unquoted(element, b';').filter_map(|pair| text(pair)?.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    parse_node(node.strip_prefix('"').map_or(node, |node| node.trim_end_matches('"')))
}

fn text(part: &[u8]) -> Option<&str> {
    str::from_utf8(part).ok().map(|part| part.trim_matches([' ', '\t']))
}

/// A node (RFC 7239 section 6): an address with or without a port, IPv6 with or without brackets.
fn parse_node(node: &str) -> Option<SocketAddr> {
    let bare = || node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    node.parse().ok().or_else(|| Some(SocketAddr::new(bare().parse::<IpAddr>().ok()?, 0)))
}

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;

    /// The client of a request with these header fields from 10.0.0.1.
    fn client_addr(source: ClientAddrSource, fields: &str) -> String {
        let proxies =
            TrustedProxies::new(source).trust("10.0.0.0/8").and_then(|proxies| proxies.trust("::1")).unwrap();
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let (_, head) = request_head(text.as_bytes()).unwrap();
        proxies.client_addr("10.0.0.1:5".parse().ok(), &head.headers).unwrap().to_string()
    }

    #[test]
    fn the_client_is_the_last_address_of_the_list_that_is_not_trusted() {
        for (fields, expected) in [
            ("", "10.0.0.1:5"),
            ("X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.9.9.9\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4, 10.9.9.9\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: 10.1.1.1, 10.9.9.9\r\n", "10.1.1.1:0"),
            ("X-Forwarded-For: 6.6.6.6, unknown, 10.9.9.9\r\n", "10.9.9.9:0"),
            ("X-Forwarded-For: 1.2.3.4:77\r\n", "1.2.3.4:77"),
            ("X-Forwarded-For: 2001:db8::1\r\n", "[2001:db8::1]:0"),
            ("X-Forwarded-For: [2001:db8::1]:77\r\n", "[2001:db8::1]:77"),
            ("X-Forwarded-For: nonsense\r\n", "10.0.0.1:5"),
            ("Forwarded: for=1.2.3.4\r\n", "10.0.0.1:5"),
        ] {
            assert_eq!(client_addr(ClientAddrSource::XForwardedFor, fields), expected, "{fields}");
        }
    }

    #[test]
    fn forwarded_names_the_client_in_the_parameter_for() {
        for (fields, expected) in [
            ("Forwarded: for=1.2.3.4;proto=https\r\n", "1.2.3.4:0"),
            ("Forwarded: by=10.0.0.1; FOR = 9.9.9.9\r\n", "10.0.0.1:5"),
            ("Forwarded: by=10.0.0.1;FOR=\"1.2.3.4:77\"\r\n", "1.2.3.4:77"),
            ("Forwarded: for=\"[2001:db8::1]:77\", for=10.9.9.9\r\n", "[2001:db8::1]:77"),
            ("Forwarded: for=\"[2001:db8::1]\"\r\n", "[2001:db8::1]:0"),
            ("Forwarded: for=6.6.6.6, for=_hidden, for=10.9.9.9\r\n", "10.9.9.9:0"),
            ("Forwarded: for=6.6.6.6, proto=http, for=10.9.9.9\r\n", "10.9.9.9:0"),
            ("Forwarded: host=\"a,for=6.6.6.6\";for=1.2.3.4\r\n", "1.2.3.4:0"),
            ("Forwarded: for=6.6.6.6;host=\"\\\",for=7.7.7.7\"\r\n", "6.6.6.6:0"),
            ("X-Forwarded-For: 1.2.3.4\r\n", "10.0.0.1:5"),
        ] {
            assert_eq!(client_addr(ClientAddrSource::Forwarded, fields), expected, "{fields}");
        }
    }

    #[test]
    fn a_header_of_an_untrusted_peer_is_ignored() {
        let proxies = TrustedProxies::default().trust("10.0.0.0/8").unwrap();
        let (_, head) =
            request_head(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n").unwrap();
        let peer = "11.0.0.1:5".parse().ok();
        assert_eq!(proxies.client_addr(peer, &head.headers), peer);
        assert_eq!(proxies.client_addr(None, &head.headers), None);
        let proxies = proxies.trust("unix").unwrap();
        assert_eq!(proxies.client_addr(None, &head.headers), "1.2.3.4:0".parse().ok());
        // A dual-stack socket reports IPv4 peers as mapped addresses.
        let mapped = "[::ffff:10.0.0.1]:5".parse().ok();
        assert_eq!(proxies.client_addr(mapped, &head.headers), "1.2.3.4:0".parse().ok());
    }

    #[test]
    fn an_invalid_network_is_an_error() {
        for bad in ["", "10.0.0.0/33", "localhost", "10.0.0", "Unix"] {
            assert_eq!(TrustedProxies::default().trust(bad).err(), Some(InvalidNetwork), "{bad}");
        }
    }
}
