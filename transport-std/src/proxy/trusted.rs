//! `TrustedProxies`: which peers may state the address of the client, and in which way.
//!
//! Invariant: of a list of addresses only the end counts that trusted proxies have appended, and an address has one spelling:
//! an IPv4-mapped IPv6 address is the IPv4 address.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use bantam::wire::Headers;
use ipnet::{IpNet, Ipv4Net};

use super::hops::{forwarded, x_forwarded_for};
use super::protocol::ProxyHeader;
use crate::access::peer_name::canonical;

/// How a proxy states the address of its client. Choose one that the proxy sets itself: a client can forge one that the
/// proxy passes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAddrSource {
    /// The field `X-Forwarded-For`, to which each proxy appends the address of its peer.
    #[default]
    XForwardedFor,
    /// The parameter `for` of the field `Forwarded` (RFC 7239). A field with a line that is not valid states nothing: a
    /// client may have begun a quoted string in it, which goes on over what the proxy appends.
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
            _ => self.networks.push(parse_network(peer).ok_or(InvalidNetwork)?),
        }
        Ok(self)
    }

    /// Returns the client of a request that this peer sent: the last address of the fields' list that is not trusted. If
    /// all are trusted, or an address is missing, hidden or malformed, returns the last trusted one before it. The port is 0
    /// where the field has none. An IPv4-mapped IPv6 address is returned as IPv4, and every address without its zone.
    #[must_use]
    pub fn client_addr(&self, peer: Option<SocketAddr>, headers: &Headers<'_>) -> Option<SocketAddr> {
        let peer = peer.map(canonical);
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

    /// The value of the field that names the client, if there is exactly one such line.
    pub(super) fn only_value<'a>(&self, headers: &Headers<'a>) -> Option<&'a [u8]> {
        let mut values = headers.all(match self.source {
            ClientAddrSource::XForwardedFor => "x-forwarded-for",
            ClientAddrSource::Forwarded => "forwarded",
            ClientAddrSource::ProxyProtocol => return None,
        });
        values.next().filter(|_| values.next().is_none())
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
    pub(crate) fn is_trusted(&self, peer: Option<SocketAddr>) -> bool {
        match peer {
            None => self.trust_unix,
            Some(peer) => self.networks.iter().any(|network| network.contains(&peer.ip().to_canonical())),
        }
    }
}

/// An address or a network. One of IPv4-mapped addresses is the network of IPv4 addresses.
fn parse_network(text: &str) -> Option<IpNet> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    if let IpNet::V6(six) = network
        && let Some(four) = six.addr().to_ipv4_mapped()
    {
        return Ipv4Net::new(four, six.prefix_len().checked_sub(96)?).ok().map(IpNet::V4);
    }
    Some(network)
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
            ("X-Forwarded-For: 6.6.6.6 ,,\t1.2.3.4 , ,\r\nX-Forwarded-For:\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: 6.6.6.6, \", 1.2.3.4\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: [2001:db8::1], 10.9.9.9:80\r\n", "[2001:db8::1]:0"),
            ("X-Forwarded-For: ::ffff:1.2.3.4, ::ffff:10.9.9.9\r\n", "1.2.3.4:0"),
            ("X-Forwarded-For: fe80::1%eth0\r\n", "[fe80::1]:0"),
            ("X-Forwarded-For: 6.6.6.6, _hidden, 10.9.9.9\r\n", "10.9.9.9:0"),
            ("Forwarded: for=1.2.3.4\r\n", "10.0.0.1:5"),
        ] {
            assert_eq!(client_addr(ClientAddrSource::XForwardedFor, fields), expected, "{fields}");
        }
    }

    #[test]
    fn forwarded_names_the_client_in_the_parameter_for() {
        for (value, expected) in [
            ("for=1.2.3.4;proto=https", "1.2.3.4:0"),
            ("by=10.0.0.1;FOR=\"1.2.3.4:77\"", "1.2.3.4:77"),
            ("by=10.0.0.1 ; For=1.2.3.4 ;;", "1.2.3.4:0"),
            ("for=\"[2001:db8::1]:77\", for=10.9.9.9", "[2001:db8::1]:77"),
            ("for=\"[2001:db8::1]\"", "[2001:db8::1]:0"),
            ("for=\"1\\.2.3\\.4:_port\"", "1.2.3.4:0"),
            ("for=\"[::ffff:1.2.3.4]\"", "1.2.3.4:0"),
            (",, for=6.6.6.6,\t,for=1.2.3.4 ,; ,", "1.2.3.4:0"),
            ("for=6.6.6.6, for=_hidden, for=10.9.9.9", "10.9.9.9:0"),
            ("for=6.6.6.6, for=unknown, for=10.9.9.9", "10.9.9.9:0"),
            ("for=6.6.6.6, for=nonsense", "10.0.0.1:5"),
            ("for=6.6.6.6, proto=http, for=10.9.9.9", "10.9.9.9:0"),
            ("host=\"a,for=6.6.6.6\";for=1.2.3.4", "1.2.3.4:0"),
            ("for=6.6.6.6;host=\"\\\",for=7.7.7.7\"", "6.6.6.6:0"),
        ] {
            let fields = format!("Forwarded: {value}\r\n");
            assert_eq!(client_addr(ClientAddrSource::Forwarded, &fields), expected, "{fields}");
        }
        let lines = "Forwarded: for=6.6.6.6\r\nForwarded:\r\nForwarded: for=1.2.3.4, for=10.9.9.9\r\n";
        assert_eq!(client_addr(ClientAddrSource::Forwarded, lines), "1.2.3.4:0");
        assert_eq!(client_addr(ClientAddrSource::Forwarded, "X-Forwarded-For: 1.2.3.4\r\n"), "10.0.0.1:5");
    }

    #[test]
    fn a_forwarded_that_is_not_valid_names_no_client() {
        for fields in [
            // A client begins a quoted string, and the proxy appends to it.
            "for=6.6.6.6;x=\", for=203.0.113.9",
            "for=6.6.6.6;x=\"\\\", for=203.0.113.9",
            "for=6.6.6.6;x=\", for=\"203.0.113.9\"",
            "for=6.6.6.6;x=\"\r\nForwarded: for=203.0.113.9",
            "for=6.6.6.6;x=\"\r\nForwarded: for=203.0.113.9;host=\",for=7.7.7.7;y=\"",
            "for=203.0.113.9\r\nForwarded: \"",
            "for = 203.0.113.9",
            "for=203.0.113.9:77",
            "for=[2001:db8::1]",
            "for=203.0.113.9;for=203.0.113.9",
            "for=203.0.113.9;by=a;By=b",
            "for=203.0.113.9;x",
            "for=203.0.113.9;=x",
            "for=203.0.113.9;x=",
            "for=203.0.113.9 proto=http",
            "for=\"203.0.113.9\"x",
            "for=x\"203.0.113.9\"",
            "x, for=203.0.113.9",
            "203.0.113.9",
        ] {
            let fields = format!("Forwarded: {fields}\r\n");
            assert_eq!(client_addr(ClientAddrSource::Forwarded, &fields), "10.0.0.1:5", "{fields}");
        }
    }

    #[test]
    fn an_address_has_one_spelling() {
        let proxies = |network: &str| TrustedProxies::default().trust(network);
        let (_, head) =
            request_head(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ::ffff:1.2.3.4\r\n\r\n").unwrap();
        for network in
            ["10.0.0.1", "10.0.0.0/8", "::ffff:10.0.0.1", "::ffff:10.0.0.0/104", "::ffff:a00:1/128"]
        {
            for peer in ["10.0.0.1:5", "[::ffff:10.0.0.1]:5"] {
                let client = proxies(network).unwrap().client_addr(peer.parse().ok(), &head.headers);
                assert_eq!(client, "1.2.3.4:0".parse().ok(), "{peer} in {network}");
            }
        }
        let untrusted = TrustedProxies::default();
        for (peer, expected) in [("[::ffff:10.0.0.1]:5", "10.0.0.1:5"), ("[fe80::1%7]:5", "[fe80::1]:5")] {
            let client = untrusted.client_addr(peer.parse().ok(), &head.headers);
            assert_eq!(client.map(|client| client.to_string()).as_deref(), Some(expected));
        }
        assert_eq!(proxies("::ffff:10.0.0.0/8").err(), Some(InvalidNetwork), "no network of IPv4 addresses");
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
