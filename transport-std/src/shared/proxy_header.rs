//! What the PROXY protocol header of a connection has come to.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use crate::access::peer_name::PeerName;
use crate::proxy::ProxyHeader;
use crate::shared::guard::report;

/// Progress of reading a [`ProxyHeader`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderProgress {
    /// Bytes are missing.
    Pending,
    /// The header is complete and this is the client; its peer where it names none.
    Client(Option<SocketAddr>),
    /// It is not such a header: answer 400.
    Malformed,
    /// The connection has failed, ended or timed out.
    Gone,
}

/// Reads what has arrived of the header of `peer`, and logs what is wrong with it.
pub(crate) fn read_proxy_header(
    header: &mut ProxyHeader,
    peer: Option<SocketAddr>,
    peek: impl FnMut(&mut [u8]) -> io::Result<usize>,
    read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> HeaderProgress {
    let error = match header.poll(peek, read) {
        Ok(client) => return HeaderProgress::Client(client.or(peer)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => return HeaderProgress::Pending,
        Err(error) => error,
    };
    report!(debug, "{}: {error}", PeerName(peer));
    if error.kind() == ErrorKind::InvalidData { HeaderProgress::Malformed } else { HeaderProgress::Gone }
}
