//! What the TLS handshake of a connection has come to.

use std::io::{Read, Write};
use std::net::SocketAddr;

use crate::access::observer::RejectedConnection;
use crate::access::peer_name::PeerName;
use crate::shared::guard::report;
use crate::tls::{HandshakeError, Session};

/// Progress of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeProgress {
    /// Bytes are missing, or room in the send buffer.
    Pending,
    Complete,
    /// It cannot succeed.
    Rejected(RejectedConnection),
    /// The connection has failed, ended or timed out.
    Gone,
}

/// Goes on with the handshake of `peer`, and logs what is wrong with it.
pub(crate) fn shake_hands(
    session: &mut Session,
    stream: &mut (impl Read + Write),
    peer: Option<SocketAddr>,
) -> HandshakeProgress {
    let (reason, progress) = match session.shake_hands(stream) {
        Ok(()) => return HandshakeProgress::Complete,
        Err(HandshakeError::Blocked) => return HandshakeProgress::Pending,
        Err(HandshakeError::PlainHttp) => (
            "a request without TLS: answered 400".into(),
            HandshakeProgress::Rejected(RejectedConnection::PlainHttp),
        ),
        Err(HandshakeError::Refused(reason)) => {
            (reason, HandshakeProgress::Rejected(RejectedConnection::Handshake))
        }
        Err(HandshakeError::Gone(error)) => (error.to_string(), HandshakeProgress::Gone),
    };
    report!(debug, "{}: no TLS handshake: {reason}", PeerName(peer));
    progress
}
