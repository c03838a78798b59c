//! `PeerAddr`: an address of a peer in 20 bytes, of which every idle connection has one. `SocketAddr` has 32.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// An address in its one spelling: see [`canonical`](crate::access::peer_name::canonical), which leaves out the zone of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PeerAddr {
    /// IPv4 as IPv4-mapped IPv6.
    ip: [u8; 16],
    port: u16,
    /// False on a Unix socket.
    is_known: bool,
}

impl PeerAddr {
    #[inline]
    pub(super) fn get(self) -> Option<SocketAddr> {
        // A number: as an array it would be compared byte by byte.
        let bits = u128::from_be_bytes(self.ip);
        let ip = match bits >> 32 {
            0xffff => IpAddr::V4(Ipv4Addr::from_bits(bits as u32)),
            _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        };
        self.is_known.then(|| SocketAddr::new(ip, self.port))
    }
}

impl From<Option<SocketAddr>> for PeerAddr {
    fn from(address: Option<SocketAddr>) -> Self {
        let ip = match address.map(|address| address.ip()) {
            Some(IpAddr::V4(ip)) => ip.to_ipv6_mapped(),
            Some(IpAddr::V6(ip)) => ip,
            None => Ipv6Addr::UNSPECIFIED,
        };
        let port = address.map_or(0, |address| address.port());
        Self { ip: ip.octets(), port, is_known: address.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::peer_name::canonical;

    #[test]
    fn an_address_comes_back_in_its_one_spelling() {
        for text in
            ["1.2.3.4:5", "[2001:db8::1]:80", "[::ffff:1.2.3.4]:5", "0.0.0.0:0", "[::]:0", "[::1]:65535"]
        {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(PeerAddr::from(Some(address)).get(), Some(canonical(address)), "{text}");
        }
        assert_eq!(PeerAddr::from(None).get(), None);
        assert_eq!(size_of::<PeerAddr>(), 20);
    }
}
