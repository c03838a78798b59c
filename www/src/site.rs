//! [`Shared`]: the site of the folders `pages/` and `static/`, which the build script makes of them, with what its pages share.

use crate::counter::Counter;
#[cfg(feature = "chat")]
use crate::room::Room;

/// What the pages share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clicks: Counter,
    /// The requests so far.
    #[cfg(feature = "live")]
    pub(crate) requests: Counter,
    /// The streams of events that are open.
    #[cfg(feature = "live")]
    pub(crate) streams: Counter,
    /// Returns the memory in use in KB.
    #[cfg(feature = "live")]
    pub(crate) memory: Option<fn() -> u32>,
    #[cfg(feature = "chat")]
    pub(crate) room: Room,
}

impl Shared {
    pub(crate) const fn new() -> Self {
        Self {
            clicks: Counter::new(),
            #[cfg(feature = "live")]
            requests: Counter::new(),
            #[cfg(feature = "live")]
            streams: Counter::new(),
            #[cfg(feature = "live")]
            memory: None,
            #[cfg(feature = "chat")]
            room: Room::new(),
        }
    }
}

bantam::site!();
