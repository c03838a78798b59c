//! What a scripted peer's connection is given besides its bytes, which is a part of the core's feature `testing`.

use std::net::SocketAddr;

pub use bantam::testing::{Environment, LoggedExchange};

/// The address of every scripted peer.
#[must_use]
pub fn peer_addr() -> SocketAddr {
    Environment::default().client
}
