//! `ClientKey`: the addresses that are one client for a limit.

use std::net::{IpAddr, SocketAddr};

/// An IPv4 address, or a /64 of IPv6, which is what one subscriber has. An IPv4-mapped address is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientKey(u64);

impl ClientKey {
    pub(crate) fn of(address: SocketAddr) -> Self {
        match address.ip().to_canonical() {
            // Below ffff:ffff::/32, which is multicast: no client has it.
            IpAddr::V4(ip) => Self(0xffff_ffff_0000_0000 | u64::from(ip.to_bits())),
            IpAddr::V6(ip) => Self((ip.to_bits() >> 64) as u64),
        }
    }

    /// That of a number that [`Self::number`] has returned.
    pub(crate) const fn from_number(number: u64) -> Self {
        Self(number)
    }

    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_ipv4_address_or_a_64_of_ipv6() {
        let of = |ip: &str| ClientKey::of(SocketAddr::new(ip.parse().unwrap(), 7));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_ne!(of("0.0.0.0"), of("::"));
    }
}
