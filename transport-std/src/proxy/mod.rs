//! Law: who the client is says its own socket, and nobody else but whom the operator trusts; of a list that anybody may have
//! begun, only the end is believed that those have written.

mod forwarded;
mod protocol;
mod resolve;

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use bantam::wire::Headers;
use ipnet::IpNet;

pub(crate) use self::protocol::ProxyHeader;
pub(crate) use self::resolve::ResolveClient;

/// How a proxy says for whom it asks. One way, which the proxy has to set and not only to pass on: of another one a client could
/// make use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAddrSource {
    /// The field `X-Forwarded-For`, to which each proxy appends whom it has heard from.
    #[default]
    XForwardedFor,
    /// The parameter `for` of the field `Forwarded` (RFC 7239).
    Forwarded,
    /// A header of the PROXY protocol, version 1 or 2, at the beginning of each connection. A trusted proxy that begins without one
    /// is answered 400, and has [`Deadlines::idle`](crate::Deadlines::idle) for it; version 2 may carry up to 4 KB of other things.
    ProxyProtocol,
}

/// What is neither an address, nor a network, nor `unix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNetwork;

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address (10.0.0.1), a network (10.0.0.0/8) or unix is needed")
    }
}

impl std::error::Error for InvalidNetwork {}

/// Whose word is taken for who the client is. Nobody's until somebody is trusted.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    local: bool,
    from: ClientAddrSource,
}

impl TrustedProxies {
    /// Nobody, who would say it in this way.
    #[must_use]
    pub const fn new(from: ClientAddrSource) -> Self {
        Self { networks: Vec::new(), local: false, from }
    }

    /// Trusts an address, a network, or whoever comes through a Unix socket (`unix`), too.
    ///
    /// # Errors
    /// [`InvalidNetwork`].
    pub fn trust(mut self, who: &str) -> Result<Self, InvalidNetwork> {
        match who {
            "unix" => self.local = true,
            _ => {
                let one = || who.parse::<IpAddr>().map(IpNet::from);
                self.networks.push(who.parse().or_else(|_| one()).map_err(|_| InvalidNetwork)?);
            }
        }
        Ok(self)
    }

    /// Is this one of them?
    pub(crate) fn is_trusted(&self, who: Option<SocketAddr>) -> bool {
        match who {
            None => self.local,
            Some(who) => self.networks.iter().any(|network| network.contains(&who.ip().to_canonical())),
        }
    }

    /// Is a field believed?
    pub(crate) const fn reads_fields(&self) -> bool {
        (!self.networks.is_empty() || self.local) && !matches!(self.from, ClientAddrSource::ProxyProtocol)
    }

    /// Does a connection of this peer begin with a header of the PROXY protocol?
    pub(crate) fn expects_header(&self, peer: Option<SocketAddr>) -> Option<ProxyHeader> {
        (self.from == ClientAddrSource::ProxyProtocol && self.is_trusted(peer)).then(ProxyHeader::default)
    }

    /// The client of a request that has come from this peer: the first, from the end of what the fields list, who is not
    /// trusted; the last who is, where the list has nobody before him or does not say who.
    #[must_use]
    pub fn client_addr(&self, peer: Option<SocketAddr>, headers: &Headers<'_>) -> Option<SocketAddr> {
        if !self.reads_fields() || !self.is_trusted(peer) {
            return peer;
        }
        let mut client = peer;
        for hop in forwarded::hops(self.from, headers).into_iter().rev() {
            let Some(hop) = hop else { break };
            client = Some(hop);
            if !self.is_trusted(client) {
                break;
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;

    /// The client of a request with these fields, which 10.0.0.1 has sent.
    fn client(from: ClientAddrSource, fields: &str) -> String {
        let proxies =
            TrustedProxies::new(from).trust("10.0.0.0/8").and_then(|some| some.trust("::1")).unwrap();
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let (_, head) = request_head(text.as_bytes()).unwrap();
        proxies.client_addr("10.0.0.1:5".parse().ok(), &head.headers).unwrap().to_string()
    }

    #[test]
    fn the_client_is_the_last_in_the_list_who_is_not_trusted() {
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
            assert_eq!(client(ClientAddrSource::XForwardedFor, fields), expected, "{fields}");
        }
    }

    #[test]
    fn forwarded_says_it_in_a_parameter() {
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
            assert_eq!(client(ClientAddrSource::Forwarded, fields), expected, "{fields}");
        }
    }

    #[test]
    fn nobody_who_is_not_trusted_is_believed() {
        let proxies = TrustedProxies::default().trust("10.0.0.0/8").unwrap();
        let (_, head) =
            request_head(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n").unwrap();
        let peer = "11.0.0.1:5".parse().ok();
        assert_eq!(proxies.client_addr(peer, &head.headers), peer);
        assert_eq!(proxies.client_addr(None, &head.headers), None);
        let local = proxies.trust("unix").unwrap();
        assert_eq!(local.client(None, &head.headers), "1.2.3.4:0".parse().ok());
        // As an address of both families comes in.
        let mapped = "[::ffff:10.0.0.1]:5".parse().ok();
        assert_eq!(local.client(mapped, &head.headers), "1.2.3.4:0".parse().ok());
    }

    #[test]
    fn what_is_no_network_is_said_to_be_none() {
        for bad in ["", "10.0.0.0/33", "localhost", "10.0.0", "Unix"] {
            assert_eq!(TrustedProxies::default().trust(bad).err(), Some(InvalidNetwork), "{bad}");
        }
    }
}
