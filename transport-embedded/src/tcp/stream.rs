//! Law: a socket that cannot go on is asked again at the next turn, and until its phase's time is up.

use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::task::Poll;
use core::time::Duration;

use bantam::{Deadlines, ExchangeRecord, Phase, PhaseTimer, Transport};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::Socket;
use smoltcp::wire::IpAddress;

use super::stack::Stack;
use super::station::peer;
use crate::notice;

/// A connection in a slot's care.
pub(super) struct Stream<'s, 'a, const SOCKETS: usize> {
    stack: &'s Stack<'a, SOCKETS>,
    handle: SocketHandle,
    watch: PhaseTimer<&'s Deadlines>,
}

impl<'s, 'a, const SOCKETS: usize> Stream<'s, 'a, SOCKETS> {
    pub(super) fn new(stack: &'s Stack<'a, SOCKETS>, handle: SocketHandle) -> Self {
        Self { stack, handle, watch: PhaseTimer::new(&stack.deadlines) }
    }

    /// Does something with the socket once it can be done: `None` while it cannot.
    async fn when<R>(&mut self, mut act: impl FnMut(&mut Socket<'a>) -> Option<R>) -> Result<R, ErrorKind> {
        poll_fn(|_| {
            if let Some(done) = self.stack.with(self.handle, &mut act) {
                return Poll::Ready(Ok(done));
            }
            let now = self.stack.now();
            match self.watch.remaining(now) {
                Duration::ZERO => Poll::Ready(Err(ErrorKind::TimedOut)),
                left => {
                    self.stack.wake_at(now.saturating_add(left));
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<const SOCKETS: usize> ErrorType for Stream<'_, '_, SOCKETS> {
    type Error = ErrorKind;
}

impl<const SOCKETS: usize> Read for Stream<'_, '_, SOCKETS> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, ErrorKind> {
        self.when(|socket| match socket.recv_slice(memory) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            // The peer's end; or it is gone, and then nobody is there to tell the difference to.
            Err(_) => Some(Ok(0)),
        })
        .await?
    }
}

impl<const SOCKETS: usize> Write for Stream<'_, '_, SOCKETS> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        // There is always room for nothing.
        if bytes.is_empty() {
            return Ok(0);
        }
        self.when(|socket| match socket.send_slice(bytes) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            Err(_) => Some(Err(ErrorKind::ConnectionReset)),
        })
        .await?
    }

    /// What is written is sent at the next turn.
    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl<const SOCKETS: usize> Transport for Stream<'_, '_, SOCKETS> {
    fn enter(&mut self, phase: Phase) {
        self.watch.enter(phase);
    }

    async fn pause(&mut self, duration: Duration) {
        let until = self.stack.now().saturating_add(duration);
        poll_fn(|_| {
            if self.stack.now() >= until {
                return Poll::Ready(());
            }
            self.stack.wake_at(until);
            Poll::Pending
        })
        .await;
    }

    /// The stack sees the connection off: it needs no slot for that.
    async fn shutdown_write(&mut self) -> Result<bool, ErrorKind> {
        Ok(false)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        let peer = self.stack.with(self.handle, |socket| socket.remote_endpoint())?;
        let address = match peer.addr {
            IpAddress::Ipv4(address) => IpAddr::V4(address),
            #[cfg(feature = "ipv6")]
            IpAddress::Ipv6(address) => IpAddr::V6(address),
        };
        Some(SocketAddr::new(address, peer.port))
    }

    fn keep_alive(&self) -> bool {
        self.stack.is_listening()
    }

    fn on_response(&mut self, record: &ExchangeRecord<'_>) {
        self.stack.with(self.handle, |socket| notice::log_response(peer(socket), record));
    }
}
