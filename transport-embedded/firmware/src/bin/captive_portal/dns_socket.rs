//! The UDP socket of the DNS responder, in the socket set of a TCP server.
//! Invariant: [`DnsSocket::poll`] never blocks, and a response that does not fit the send buffer is dropped.

use core::net::Ipv4Addr;

use bantam_embedded::tcp::TcpServer;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};

use super::dns::respond;

/// The port of DNS.
const PORT: u16 = 53;
/// Queries that wait, and responses that are not sent yet. A query beyond them is dropped, and its client repeats it.
const PACKETS: usize = 4;

/// The memory of a [`DnsSocket`]: for what it receives, and for what it sends.
pub struct DnsMemory {
    metadata: [[PacketMetadata; PACKETS]; 2],
    bytes: [[u8; 512]; 2],
}

impl DnsMemory {
    pub const fn new() -> Self {
        Self { metadata: [[PacketMetadata::EMPTY; PACKETS]; 2], bytes: [[0; 512]; 2] }
    }
}

/// A socket on port 53 that answers every question with one address.
pub struct DnsSocket {
    handle: SocketHandle,
    address: Ipv4Addr,
}

impl DnsSocket {
    /// Adds a socket to the server's socket set.
    ///
    /// # Panics
    /// Panics if the socket set is full.
    pub fn new<'a, const SOCKETS: usize>(
        server: &mut TcpServer<'a, SOCKETS>,
        memory: &'a mut DnsMemory,
        address: Ipv4Addr,
    ) -> Self {
        let [received, sent] = &mut memory.metadata;
        let [receive, send] = &mut memory.bytes;
        let mut socket = Socket::new(
            PacketBuffer::new(&mut received[..], &mut receive[..]),
            PacketBuffer::new(&mut sent[..], &mut send[..]),
        );
        // Fails for port 0 and for a socket that is open.
        let _ = socket.bind(PORT);
        Self { handle: server.sockets_mut().add(socket), address }
    }

    /// Answers the queries that have come. Call it after each [`TcpServer::poll`]. Returns true if there is a response to send: call
    /// [`TcpServer::poll`] again before the processor sleeps.
    pub fn poll<const SOCKETS: usize>(&self, server: &TcpServer<'_, SOCKETS>) -> bool {
        server.with_sockets(|sockets| {
            let socket = sockets.get_mut::<Socket<'_>>(self.handle);
            let mut has_answered = false;
            while let Ok((query, client)) = socket.recv() {
                if let Some(response) = respond(query, self.address) {
                    has_answered |= socket.send_slice(&response, client).is_ok();
                }
            }
            has_answered
        })
    }
}
