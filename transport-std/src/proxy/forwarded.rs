//! Law: a list is taken apart as its own grammar has it, so that nothing that stands in quotes is taken for a member.

use std::net::{IpAddr, SocketAddr};

use bantam::wire::{Headers, split_unquoted};

use super::ClientAddrSource;

/// Everybody on the way of a request, the first one first; `None` where it is not said who.
pub(super) fn hops(from: ClientAddrSource, headers: &Headers<'_>) -> Vec<Option<SocketAddr>> {
    match from {
        ClientAddrSource::XForwardedFor => {
            let lines = headers.all("x-forwarded-for");
            lines
                .flat_map(|line| line.split(|byte| *byte == b','))
                .map(|member| address(text(member)?))
                .collect()
        }
        ClientAddrSource::Forwarded => {
            headers.all("forwarded").flat_map(|line| split_unquoted(line, b',')).map(element).collect()
        }
        ClientAddrSource::ProxyProtocol => Vec::new(),
    }
}

/// Whom an element of `Forwarded` is for (RFC 7239 section 4).
fn element(pairs: &[u8]) -> Option<SocketAddr> {
    let mut pairs = split_unquoted(pairs, b';').filter_map(|pair| text(pair)?.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(node.strip_prefix('"').map_or(node, |node| node.trim_end_matches('"')))
}

fn text(part: &[u8]) -> Option<&str> {
    str::from_utf8(part).ok().map(|part| part.trim_matches([' ', '\t']))
}

/// An address with a port or without; one of IPv6 may stand in brackets.
fn address(node: &str) -> Option<SocketAddr> {
    let bare = || node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    node.parse().ok().or_else(|| Some(SocketAddr::new(bare().parse::<IpAddr>().ok()?, 0)))
}
