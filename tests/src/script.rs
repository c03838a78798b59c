//! The scripted peer, which is a part of the core's feature `testing`, and a search in what it got.

pub use bantam::testing::{IoFault, PeerEvent as Event, ScriptedPeer, Step};

/// Returns true if `part` occurs in `bytes`.
#[must_use]
pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len().max(1)).any(|window| window == part)
}
