//! Readers of the lists in `Forwarded` (RFC 7239) and `X-Forwarded-For`: the address of each hop.
//!
//! Invariant: a `Forwarded` with a line that is not valid names no hop, so that a quoted string which a client opens hides
//! nothing that a proxy appends.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use bantam::wire::{Headers, token};

use crate::access::peer_name::canonical;

/// The addresses that a list states, in its order; `None` for a hop that states none.
pub(super) type Hops = Vec<Option<SocketAddr>>;

/// The hops of `Forwarded`, by the parameter `for` of each element; none at all if a line of it is not valid.
///
/// Each line has to be valid by itself, although RFC 9110 section 5.3 would join lines before they are parsed: no proxy splits a
/// quoted string, and the line of one must not end what the line of another has begun.
pub(super) fn forwarded(headers: &Headers<'_>) -> Hops {
    let mut hops = Hops::new();
    let valid = headers.all("forwarded").try_for_each(|line| read_line(line, &mut hops));
    if valid.is_some() { hops } else { Hops::new() }
}

/// The hops of `X-Forwarded-For`, which no standard defines: addresses with or without a port, between commas.
pub(super) fn x_forwarded_for(headers: &Headers<'_>) -> Hops {
    let lines = headers.all("x-forwarded-for");
    // No quoted strings: a quote of the client's must not hide a comma.
    let hops = lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    hops.filter(|hop| !hop.is_empty()).map(|hop| parse_loose_node(str::from_utf8(hop).ok()?)).collect()
}

/// `1#( [ pair ] *( ";" [ pair ] ) )`, RFC 7239 section 4. White space is taken around `;`, too.
fn read_line(mut rest: &[u8], hops: &mut Hops) -> Option<()> {
    loop {
        let (mut names, mut hop) = (BTreeSet::new(), None);
        // An element.
        let is_last = loop {
            rest = rest.trim_ascii_start();
            if let Ok((behind, name)) = token(rest) {
                let (value, behind) = parse_value(behind.strip_prefix(b"=")?)?;
                // Section 4: a parameter occurs once in an element.
                if !names.insert(name.to_ascii_lowercase()) {
                    return None;
                }
                if name.eq_ignore_ascii_case(b"for") {
                    hop = str::from_utf8(&value).ok().and_then(parse_node);
                }
                rest = behind.trim_ascii_start();
            }
            match rest.split_first() {
                Some((b';', behind)) => rest = behind,
                Some((b',', behind)) => {
                    rest = behind;
                    break false;
                }
                Some(_) => return None,
                None => break true,
            }
        };
        if !names.is_empty() {
            hops.push(hop);
        }
        if is_last {
            return Some(());
        }
    }
}

/// A token, or a quoted string without its quotes and escapes (RFC 9110 section 5.6.4); and what follows.
fn parse_value(input: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = input.strip_prefix(b"\"") else {
        return token(input).ok().map(|(rest, token)| (token.to_vec(), rest));
    };
    let mut value = Vec::new();
    loop {
        match rest {
            [b'"', behind @ ..] => return Some((value, behind)),
            [b'\\', byte, behind @ ..] | [byte, behind @ ..] => {
                value.push(*byte);
                rest = behind;
            }
            [] => return None,
        }
    }
}

/// `node = nodename [ ":" node-port ]`, RFC 7239 section 6, if its name is an address. The port is 0 if it is hidden or missing.
fn parse_node(node: &str) -> Option<SocketAddr> {
    let (address, port) = match node.strip_prefix('[') {
        Some(literal) => {
            let (address, port) = literal.split_once(']')?;
            (IpAddr::V6(address.parse().ok()?), port)
        }
        None => {
            let (address, port) = node.split_at(node.find(':').unwrap_or(node.len()));
            (IpAddr::V4(address.parse().ok()?), port)
        }
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => 0,
        None => return None,
        Some(port) => parse_port(port)?,
    };
    Some(canonical(SocketAddr::new(address, port)))
}

/// `node-port = 1*5DIGIT / obfport`; 0 for one that is obfuscated, `None` above 65535.
fn parse_port(port: &str) -> Option<u16> {
    let is_hidden = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match port.strip_prefix('_') {
        Some(hidden) => (!hidden.is_empty() && hidden.bytes().all(is_hidden)).then_some(0),
        None if port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok(),
        None => None,
    }
}

/// A node, or IPv6 without brackets, which some proxies write. The zone of an IPv6 address is a name of the proxy's own and is
/// dropped.
fn parse_loose_node(node: &str) -> Option<SocketAddr> {
    let node = match node.split_once('%') {
        Some((address, zone)) if address.contains(':') => {
            let (_, port) = zone.split_at(zone.find(']').unwrap_or(zone.len()));
            format!("{address}{port}")
        }
        _ => node.to_owned(),
    };
    let bare = || Some(canonical(SocketAddr::new(node.parse::<Ipv6Addr>().ok()?.into(), 0)));
    parse_node(&node).or_else(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(node: Option<SocketAddr>) -> Option<String> {
        node.map(|address| address.to_string())
    }

    #[test]
    fn a_node_is_an_address_with_a_port_that_may_be_hidden() {
        for (node, address) in [
            ("192.0.2.43", "192.0.2.43:0"),
            ("192.0.2.43:47011", "192.0.2.43:47011"),
            ("192.0.2.43:00080", "192.0.2.43:80"),
            ("192.0.2.43:_gaz.on-k_", "192.0.2.43:0"),
            ("[2001:DB8::17]", "[2001:db8::17]:0"),
            ("[2001:db8::17]:4711", "[2001:db8::17]:4711"),
            ("[2001:db8::17]:__", "[2001:db8::17]:0"),
            ("[::ffff:192.0.2.43]:1", "192.0.2.43:1"),
        ] {
            assert_eq!(spelled(parse_node(node)).as_deref(), Some(address), "{node}");
        }
        let nodes =
            ["", "unknown", "_hidden", "_hidden:80", "unknown:80", "a.example", "192.0.2", "192.0.2.043"];
        let ports = [
            "1.2.3.4:",
            "1.2.3.4:_",
            "1.2.3.4:_a b",
            "1.2.3.4:65536",
            "1.2.3.4:000080",
            "1.2.3.4:+1",
            "1.2.3.4:1:2",
        ];
        let literals = [
            "2001:db8::17",
            "[2001:db8::17",
            "2001:db8::17]",
            "[::1]80",
            "[::1]:",
            "[1.2.3.4]",
            "[fe80::1%2]",
            "[v1.a]",
        ];
        for node in nodes.into_iter().chain(ports).chain(literals) {
            assert_eq!(parse_node(node), None, "{node}");
        }
    }

    #[test]
    fn a_loose_node_has_no_need_of_brackets_and_loses_its_zone() {
        for (node, address) in [
            ("2001:db8::17", Some("[2001:db8::17]:0")),
            ("::ffff:192.0.2.43", Some("192.0.2.43:0")),
            ("fe80::1%eth0", Some("[fe80::1]:0")),
            ("[fe80::1%25eth0]:80", Some("[fe80::1]:80")),
            ("192.0.2.43:_p", Some("192.0.2.43:0")),
            ("192.0.2.43%eth0", None),
            ("\"192.0.2.43\"", None),
        ] {
            assert_eq!(spelled(parse_loose_node(node)).as_deref(), address, "{node}");
        }
    }
}
