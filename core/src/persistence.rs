//! [`AfterExchange`]: what becomes of a connection after an exchange.

/// What becomes of the connection after an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterExchange {
    /// The next request may follow.
    Keep,
    /// The next request may follow when the rest of this one's body has been read and dropped.
    Drain,
    /// The connection ends. The peer may have more bytes under way: close it with a lingering close.
    Close,
    /// The connection ends when the response is written: this request was the client's last (RFC 9112 section 9.6).
    CloseAfterFlush,
}
