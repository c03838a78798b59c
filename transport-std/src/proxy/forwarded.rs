//! The lists of addresses in `X-Forwarded-For` and `Forwarded` (RFC 7239).
//!
//! Invariant: a separator in a quoted string does not split a list.

use std::net::{IpAddr, SocketAddr};

use bantam::wire::{Headers, split_unquoted};

/// The addresses of `X-Forwarded-For` in their order; `None` for one that is not an address.
pub(super) fn x_forwarded_for(headers: &Headers<'_>) -> Vec<Option<SocketAddr>> {
    let lines = headers.all("x-forwarded-for");
    let members = lines.flat_map(|line| line.split(|byte| *byte == b','));
    members.map(|member| parse_node(text(member)?)).collect()
}

/// The addresses of `Forwarded` in their order; `None` for an element that has none.
pub(super) fn forwarded(headers: &Headers<'_>) -> Vec<Option<SocketAddr>> {
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
