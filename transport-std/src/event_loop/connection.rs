//! A connection of the event loop: its socket, and what has to come, or stands, between the socket and HTTP.
//! Invariant: an idle plain connection has its socket alone.

use std::any::Any;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use mio::Interest;
use mio::net::TcpStream;

use super::peer_addr::PeerAddr;
use super::polled_socket::{PolledSocket, READABLE};
use crate::access::observer::{RejectedConnection, TlsVersion};
use crate::proxy::ProxyHeader;
use crate::shared::context::ServerContext;
use crate::shared::handshake::{HandshakeProgress, shake_hands};
use crate::shared::proxy_header::{HeaderProgress, read_proxy_header};
use crate::shared::state::Permit;
use crate::tls::Session;

/// What is between a socket and HTTP.
struct Layers {
    /// The PROXY protocol header that has to come first.
    proxy_header: Option<ProxyHeader>,
    tls: Option<Session>,
    is_handshaking: bool,
}

/// Progress of [`PolledConnection::open`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenProgress {
    /// Bytes are missing.
    Pending,
    /// The connection is open.
    Open,
    /// The TLS handshake is complete: the connection is open from now on.
    HandshakeComplete,
    Rejected(RejectedConnection),
    /// The connection has failed, or ended.
    Gone,
}

/// A connection, and the client as far as it is known.
pub(super) struct PolledConnection {
    pub(super) polled: PolledSocket,
    address: PeerAddr,
    /// How many requests have begun.
    pub(super) requests: u32,
    /// `None` for a plain connection whose client is known.
    layers: Option<Box<Layers>>,
}

impl PolledConnection {
    /// # Errors
    /// Those of the TLS library.
    pub(super) fn new(
        server: &ServerContext,
        socket: TcpStream,
        address: Option<SocketAddr>,
    ) -> io::Result<Self> {
        // Only a Unix socket has no address.
        let polled = PolledSocket::new(socket, address.is_none());
        let (proxy_header, tls) =
            (server.config.proxies.expects_header(address), server.accept_tls(address)?);
        let is_handshaking = tls.is_some();
        let has_layers = is_handshaking || proxy_header.is_some();
        let layers = has_layers.then(|| Box::new(Layers { proxy_header, tls, is_handshaking }));
        Ok(Self { polled, address: address.into(), requests: 0, layers })
    }

    pub(super) fn client(&self) -> Option<SocketAddr> {
        self.address.get()
    }

    /// What the socket is registered for, from the start: a handshake may have to wait for room in the send buffer.
    pub(super) fn interest(&self) -> Interest {
        if self.is_secure() { READABLE | Interest::WRITABLE } else { READABLE }
    }

    /// Returns true if a read, for a request, may return something.
    #[inline]
    pub(super) fn is_readable(&self) -> bool {
        match &self.layers {
            None => self.polled.readable,
            Some(layers) => layers.is_open() && (self.polled.readable || layers.is_readable()),
        }
    }

    /// Reads what has to come before a request: the PROXY protocol header, then the TLS handshake.
    #[inline]
    pub(super) fn open(&mut self, server: &ServerContext, permit: &Permit) -> OpenProgress {
        let is_open = self.layers.as_ref().is_none_or(|layers| layers.is_open());
        if is_open { OpenProgress::Open } else { self.open_layers(server, permit) }
    }

    #[cold]
    fn open_layers(&mut self, server: &ServerContext, permit: &Permit) -> OpenProgress {
        let Some(layers) = self.layers.as_mut() else { return OpenProgress::Open };
        if let Some(header) = &mut layers.proxy_header {
            if !self.polled.readable {
                return OpenProgress::Pending;
            }
            let socket = &self.polled.socket;
            let read = |memory: &mut [u8]| io::Read::read(&mut &*socket, memory);
            match read_proxy_header(header, self.address.get(), |memory| socket.peek(memory), read) {
                HeaderProgress::Client(client) => {
                    (self.address, layers.proxy_header) = (client.into(), None);
                    if !server.assign(permit, client) {
                        return OpenProgress::Rejected(RejectedConnection::ClientLimit);
                    }
                }
                progress => {
                    self.polled.readable = false;
                    return match progress {
                        HeaderProgress::Malformed => OpenProgress::Rejected(RejectedConnection::ProxyHeader),
                        HeaderProgress::Gone => OpenProgress::Gone,
                        HeaderProgress::Pending | HeaderProgress::Client(_) => OpenProgress::Pending,
                    };
                }
            }
        }
        let Some(session) = &mut layers.tls else {
            self.layers = None;
            return OpenProgress::Open;
        };
        match shake_hands(session, &mut self.polled, self.address.get()) {
            HandshakeProgress::Pending => OpenProgress::Pending,
            HandshakeProgress::Rejected(why) => OpenProgress::Rejected(why),
            HandshakeProgress::Gone => OpenProgress::Gone,
            HandshakeProgress::Complete => {
                layers.is_handshaking = false;
                OpenProgress::HandshakeComplete
            }
        }
    }

    /// Returns true if nothing has arrived, whether it was reported or not.
    pub(super) fn is_silent(&self) -> bool {
        let nothing = || self.polled.socket.peek(&mut [0]);
        !self.polled.readable && nothing().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Reads what has arrived, or returns `WouldBlock`.
    #[inline]
    pub(super) fn read(&mut self, memory: &mut [u8]) -> io::Result<usize> {
        match self.session() {
            None => self.polled.read(memory),
            Some((session, polled)) => session.read(polled, memory),
        }
    }

    /// Writes what the send buffer takes, or returns `WouldBlock`. With `more` a file follows.
    #[inline]
    pub(super) fn write(&mut self, bytes: &[u8], more: bool) -> io::Result<usize> {
        match self.session() {
            None => self.polled.write(bytes, more),
            Some((session, polled)) => session.write(polled, bytes),
        }
    }

    /// Writes what an earlier write has accepted, or returns `WouldBlock`.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.session().map_or(Ok(()), |(session, polled)| session.flush(polled))
    }

    /// Sends what the send buffer takes of a file; `None` where it has to be read and written. That is so with TLS, as long as
    /// the kernel does not encrypt: kTLS begins here.
    pub(super) fn write_from(
        &mut self,
        source: &(dyn Any + Send + Sync),
        offset: u64,
        length: usize,
    ) -> io::Result<Option<usize>> {
        if self.is_secure() { Ok(None) } else { self.polled.write_from(source, offset, length) }
    }

    /// Ends our side of TLS, as far as the send buffer takes it: close_notify.
    ///
    /// # Errors
    /// `WouldBlock` where it does not, and those of the socket.
    pub(super) fn close_tls(&mut self) -> io::Result<()> {
        self.session().map_or(Ok(()), |(session, polled)| session.close(polled))
    }

    #[inline]
    pub(super) fn is_secure(&self) -> bool {
        self.layers.as_ref().is_some_and(|layers| layers.tls.is_some())
    }

    #[inline]
    pub(super) fn tls_version(&self) -> Option<TlsVersion> {
        self.layers.as_ref()?.tls.as_ref()?.version()
    }

    /// The TLS of an open connection, and its stream.
    #[inline]
    fn session(&mut self) -> Option<(&mut Session, &mut PolledSocket)> {
        Some((self.layers.as_mut()?.tls.as_mut()?, &mut self.polled))
    }
}

impl Layers {
    const fn is_open(&self) -> bool {
        self.proxy_header.is_none() && !self.is_handshaking
    }

    fn is_readable(&self) -> bool {
        self.tls.as_ref().is_some_and(Session::is_readable)
    }
}
