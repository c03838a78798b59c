//! `Entry`: an open connection of an event loop, and where its socket is.

use super::connection::PolledConnection;
use super::slot::Slot;
use super::timers::{Expiry, Tick};
use crate::shared::state::Permit;

/// An open connection. Its key in the slab is its token.
pub(super) struct Entry {
    /// Released before the socket is closed: a client that sees the end may connect again at once.
    pub(super) permit: Permit,
    pub(super) place: Place,
    pub(super) deadline: Tick,
    pub(super) expires: Expiry,
    pub(super) is_scheduled: bool,
    pub(super) watches_writable: bool,
}

/// Where the socket of an entry is.
pub(super) enum Place {
    Parked(PolledConnection),
    InSlot(Box<Slot>),
    /// In a slot that is being polled.
    Polled,
}
