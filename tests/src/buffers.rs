//! The buffer sizes that scenarios are served with.

use bantam::{Buffers, ConnectionState};

/// Request and response buffer of a connection, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferSizes {
    /// 256 and [`ConnectionState::MIN_OUTPUT`], the smallest that the documentation allows.
    Narrow,
    /// 512 and 512.
    Small,
    /// 1,024 and 1,024.
    Usual,
    /// 4,096 and 8,192.
    Wide,
}

impl BufferSizes {
    /// The longest request head, in bytes.
    #[must_use]
    pub const fn head_limit(self) -> usize {
        let input = match self {
            Self::Narrow => 256,
            Self::Small => 512,
            Self::Usual => 1024,
            Self::Wide => 4096,
        };
        input - ConnectionState::RESERVE
    }

    /// Calls `visit` with a connection state over new buffers of these sizes.
    pub fn with_state<R>(self, visit: impl FnOnce(ConnectionState<'_>) -> R) -> R {
        match self {
            Self::Narrow => visit(Buffers::<256, { ConnectionState::MIN_OUTPUT }>::new().state()),
            Self::Small => visit(Buffers::<512, 512>::new().state()),
            Self::Usual => visit(Buffers::<1024, 1024>::new().state()),
            Self::Wide => visit(Buffers::<4096, 8192>::new().state()),
        }
    }
}
