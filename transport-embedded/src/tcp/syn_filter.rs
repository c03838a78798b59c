//! A smoltcp device that drops incoming SYNs while no socket listens.
//! Invariant: a SYN to the server's port gets no RST.
//!
//! smoltcp answers a SYN without a listening socket with RST, which a browser shows as an error. A SYN without a reply is
//! repeated by the client's system (RFC 9293 section 3.8.1) for one or two minutes.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, PacketMeta, RxToken};
use smoltcp::time::Instant;

use crate::syn::Syn;

/// A device without the SYNs to `port` that come while no socket listens.
pub(super) struct SynFilter<'d, D: ?Sized> {
    pub(super) device: &'d mut D,
    pub(super) port: u16,
    /// A socket listens.
    pub(super) open: bool,
}

impl<D: Device + ?Sized> Device for SynFilter<'_, D> {
    type RxToken<'a>
        = FilteredRxToken<D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let blocked = if self.open { None } else { Some((self.device.capabilities().medium, self.port)) };
        let (frame, reply) = self.device.receive(now)?;
        Some((FilteredRxToken { frame, blocked }, reply))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A received frame, and the port to which SYNs are blocked.
pub(super) struct FilteredRxToken<R> {
    frame: R,
    blocked: Option<(Medium, u16)>,
}

impl<R: RxToken> RxToken for FilteredRxToken<R> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, read: F) -> T {
        let blocked = self.blocked;
        self.frame.consume(|frame| match blocked {
            // smoltcp ignores an empty frame.
            Some((medium, port))
                if Syn::parse(frame, medium == Medium::Ethernet).is_some_and(|syn| syn.port == port) =>
            {
                read(&[])
            }
            _ => read(frame),
        })
    }

    fn meta(&self) -> PacketMeta {
        self.frame.meta()
    }
}
