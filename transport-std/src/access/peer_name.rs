//! Law: a client has a name in every message, whether or not it has an address.

use std::fmt;
use std::net::SocketAddr;

/// A client, for a message.
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
