//! The addresses behind a wildcard: those of this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use log::debug;

/// The addresses of this machine that another one can connect to, IPv4 first. Link-local ones of IPv6 are left out: a URL cannot name
/// the interface that they need (RFC 9844).
pub(super) fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        debug!("the addresses of this machine are not known: {error}");
        Vec::new()
    });
    let up = interfaces.iter().filter(|interface| interface.is_oper_up()).map(|interface| interface.ip());
    let is_link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let mut own: Vec<IpAddr> = up.filter(|ip| !ip.is_loopback() && !is_link_local(ip)).collect();
    own.sort_by_key(IpAddr::is_ipv6);
    own
}

/// The addresses by which a client reaches the listener at `address`, the loopback one first.
pub(super) fn reachable(address: SocketAddr, listening: &[SocketAddr], own: &[IpAddr]) -> Vec<SocketAddr> {
    if !address.ip().is_unspecified() {
        return vec![address];
    }
    // [::] takes IPv4, too, where no other listener has an IPv4 address with this port.
    let has_v4 = listening.iter().any(|other| other.is_ipv4() && other.port() == address.port());
    let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let is_taken = |ip: &IpAddr| ip.is_ipv4() == address.is_ipv4() || ip.is_ipv4() && !has_v4;
    let all = loopback.iter().chain(own).filter(|ip| is_taken(ip));
    all.map(|ip| SocketAddr::new(*ip, address.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_the_addresses_that_it_takes() {
        let own: Vec<IpAddr> = ["192.0.2.1", "2001:db8::1"].map(|ip| ip.parse().unwrap()).into();
        let at = |listening: &[&str]| {
            let listening: Vec<SocketAddr> =
                listening.iter().map(|address| address.parse().unwrap()).collect();
            let reached = reachable(listening[0], &listening, &own);
            reached.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at(&["192.0.2.7:80"]), "192.0.2.7:80");
        assert_eq!(at(&["0.0.0.0:80", "[::]:80"]), "127.0.0.1:80 192.0.2.1:80");
        assert_eq!(at(&["[::]:80"]), "127.0.0.1:80 [::1]:80 192.0.2.1:80 [2001:db8::1]:80");
        assert_eq!(at(&["[::]:80", "0.0.0.0:80"]), "[::1]:80 [2001:db8::1]:80");
        assert_eq!(at(&["[::]:80", "0.0.0.0:81"]), "127.0.0.1:80 [::1]:80 192.0.2.1:80 [2001:db8::1]:80");
    }
}
