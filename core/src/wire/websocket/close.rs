//! [`CloseCode`]: why a WebSocket connection is closed, RFC 6455 section 7.4.
//!
//! Invariant: a code can stand in a close frame.

/// The status code of a close frame, RFC 6455 section 7.4: 1000 to 1003, 1007 to 1014, and 3000 to 4999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server stops, or the browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer has broken the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of message that is not taken, such as binary where text is expected.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: a message does not fit its kind, such as text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: a message breaks a rule of the endpoint.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message is too long.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: the endpoint has failed.
    pub const INTERNAL_ERROR: Self = Self(1011);

    /// The code of this number; `None` if no close frame can have it: those below 1000, 1004 to 1006, 1015 to 2999, and 5000 and
    /// above.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }
}
