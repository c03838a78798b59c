//! The name of a peer in log messages.

use std::fmt;
use std::net::SocketAddr;

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
