//! `HandshakeError`: why a TLS handshake has not succeeded.

use std::io;

/// The record of a fatal alert `internal_error` (RFC 8446 section 6), in the clear: the answer to a connection that is over the
/// limit. There is no alert for it, and a response of HTTP would be no TLS.
pub(crate) const BUSY_ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 80];

/// Why a handshake has not succeeded.
#[derive(Debug)]
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "without a session none is made"))]
pub(crate) enum HandshakeError {
    /// Bytes of the peer are missing, or room in the send buffer: call again.
    Blocked,
    /// A request of HTTP without TLS.
    PlainHttp,
    /// The peer's messages cannot be accepted, for this reason. An alert has been sent, as far as the system takes it.
    Refused(String),
    /// The connection has ended or failed.
    Gone(io::Error),
}
