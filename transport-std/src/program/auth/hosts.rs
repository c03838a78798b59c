//! `AllowedHosts`: the layer of --allow-host.
//!
//! Invariant: a host matches by its whole name or address; there are no patterns, prefixes or suffixes, and a value that no
//! request can match is an error.

use std::net::{Ipv4Addr, Ipv6Addr};

use bantam::wire::authority;
use bantam::{Connection, Layer, Rejection, RequestDetails, Site};

/// The ports of http and https, which a client leaves out. A proxy that ends TLS passes on what the client sent.
const DEFAULT_PORTS: [u16; 2] = [80, 443];

/// The hosts that are served; without one, every host is.
#[derive(Debug)]
pub(crate) struct AllowedHosts(pub(super) Vec<Host>);

impl Layer for AllowedHosts {
    async fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> Result<(), C::Error> {
        if !self.0.is_empty() && !self.0.iter().any(|host| host.matches(details.host())) {
            return Err(Rejection::Misdirected.into());
        }
        site.request_handler(details).await
    }
}

/// A value of --allow-host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Returns true if the host of a request has this name, and this port if one was given.
    pub(crate) fn matches(&self, requested: Option<&str>) -> bool {
        let Some(Ok(([], requested))) = requested.map(|text| authority(text.as_bytes())) else {
            return false;
        };
        let is_port = |port: u16| match requested.port {
            Some(requested) => port == requested,
            None => DEFAULT_PORTS.contains(&port),
        };
        is_same_name(&self.name, without_dot(requested.host)) && self.port.is_none_or(is_port)
    }
}

fn is_same_name(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other) || ipv6(name).is_some_and(|address| ipv6(other) == Some(address))
}

/// Drops the dot that ends an absolute name (RFC 3986 section 3.2.2).
fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// The address in `[::1]`, which has several spellings.
fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Parses `HOST` or `HOST:PORT`.
pub(crate) fn parse(text: &str) -> Result<Host, String> {
    let text = text.trim();
    if !text.is_ascii() {
        return Err(
            "expected the name as it is sent, in ASCII: xn--bcher-kva.example for bücher.example".into()
        );
    }
    if text.contains('*') {
        return Err("there are no patterns: name each host".into());
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(format!("expected an IPv6 address in brackets: [{text}]"));
    }
    match authority(text.as_bytes()) {
        Ok(([], host)) if host.port != Some(0) && can_be_requested(without_dot(host.host)) => {
            Ok(Host { name: without_dot(host.host).to_owned(), port: host.port })
        }
        _ => Err("expected a host, such as example.org, 192.0.2.1:8080 or [::1]".into()),
    }
}

/// Returns true for an address, and for labels of letters, digits, hyphens and underscores whose last is no number: clients
/// take that for an IPv4 address, and write it as one (URL Standard, "host parser").
fn can_be_requested(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_number = |label: &str| {
        let hex = label.strip_prefix("0x").or(label.strip_prefix("0X"));
        label.bytes().all(|byte| byte.is_ascii_digit())
            || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let is_name = || host.split('.').all(is_label) && !host.rsplit('.').next().is_some_and(is_number);
    ipv6(host).is_some() || host.parse::<Ipv4Addr>().is_ok() || is_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_matches_its_whole_name_in_any_case() {
        for host in ["Example.org", "example.org.", " example.org "] {
            let host = parse(host).unwrap();
            for same in
                ["example.org", "EXAMPLE.ORG:80", "example.org:8080", "example.org.", "example.org.:80"]
            {
                assert!(host.matches(Some(same)), "{same}");
            }
            for other in [
                "",
                "example.or",
                "xample.org",
                "example.org.evil",
                "a.example.org",
                "example.org..",
                "example%2eorg",
            ] {
                assert!(!host.matches(Some(other)), "{other}");
            }
            assert!(!host.matches(None));
        }
    }

    #[test]
    fn a_port_that_was_given_must_match() {
        let host = parse("[::1]:8080").unwrap();
        assert!(
            host.matches(Some("[::1]:8080"))
                && !host.matches(Some("[::1]"))
                && !host.matches(Some("[::1]:80"))
        );
        assert!(parse("a:80").unwrap().matches(Some("a")), "the default port of http");
        assert!(parse("a:443").unwrap().matches(Some("a")), "the default port of https, behind a proxy");
        assert!(!parse("a:443").unwrap().matches(Some("a:80")));
    }

    #[test]
    fn an_ipv6_address_matches_in_each_of_its_spellings() {
        for (host, requested) in
            [("[0:0:0:0:0:0:0:1]", "[::1]"), ("[::1]", "[0::1]:80"), ("[FE80::A]", "[fe80::a]")]
        {
            assert!(parse(host).unwrap().matches(Some(requested)), "{host} {requested}");
        }
        assert!(!parse("[::1]").unwrap().matches(Some("[::2]")));
    }

    #[test]
    fn a_host_that_no_request_can_match_is_an_error() {
        for text in [
            "",
            ":80",
            "a b",
            "http://a",
            "a/",
            "a:99999",
            "a:0",
            "*",
            "*.a.org",
            "a..org",
            ".a.org",
            "a.org..",
            "a,b",
            "a%2eorg",
            "b\u{fc}cher.example",
            "::1",
            "[::g]",
            "[v1.a]",
            "127.1",
            "1.2.3.4.5",
            "0x7f.0x1",
            "256.0.0.1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
