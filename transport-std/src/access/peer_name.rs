//! The one spelling of a peer's address, and its name in log messages.

use std::fmt;
use std::net::SocketAddr;

/// The one spelling of an address: IPv4 where it is IPv4-mapped IPv6, as a dual-stack socket reports it, and without a zone,
/// which has a meaning on one machine only.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Formats as the address, or as `a local client` for the peer of a Unix socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerName(pub(crate) Option<SocketAddr>);

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("a local client"),
        }
    }
}
